import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Building2, KeyRound, Palette } from "lucide-react";
import { useMay } from "@/api/session";
import { PageHeader } from "@/ui/PageHeader";
import { ApiKeys } from "./ApiKeys";
import { Appearance } from "./Appearance";
import { Profile } from "./Profile";

type Tab = "profile" | "appearance" | "api-keys";

export function SettingsPage() {
  const { tab = "profile" } = useSearch({ from: "/inside/settings" });
  const navigate = useNavigate({ from: "/settings" });
  const mayKeys = useMay("api_keys:write");
  return (
    <>
      <PageHeader title="Settings" description="Your organisation, how things look, and keys for scripts." help="api" />
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({
            search: (old) => ({ ...old, tab: value === "appearance" || value === "api-keys" ? value : undefined }),
          })
        }
        keepMounted={false}
      >
        <Tabs.List mb="lg" style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
          <Tabs.Tab value={"profile" satisfies Tab} leftSection={<Building2 size={16} aria-hidden />}>
            Profile
          </Tabs.Tab>
          <Tabs.Tab value={"appearance" satisfies Tab} leftSection={<Palette size={16} aria-hidden />}>
            Appearance
          </Tabs.Tab>
          {mayKeys && (
            <Tabs.Tab value={"api-keys" satisfies Tab} leftSection={<KeyRound size={16} aria-hidden />}>
              API keys
            </Tabs.Tab>
          )}
        </Tabs.List>
        <Tabs.Panel value="profile">
          <Profile />
        </Tabs.Panel>
        <Tabs.Panel value="appearance">
          <Appearance />
        </Tabs.Panel>
        {mayKeys && (
          <Tabs.Panel value="api-keys">
            <ApiKeys />
          </Tabs.Panel>
        )}
      </Tabs>
    </>
  );
}
