import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Building2, KeyRound, Palette, Users } from "lucide-react";
import { useMay } from "@/api/session";
import { PageHeader } from "@/ui/PageHeader";
import { ApiKeys } from "./ApiKeys";
import { Appearance } from "./Appearance";
import { Password } from "./Password";
import { Profile } from "./Profile";
import { People } from "./people/People";

type Tab = "profile" | "appearance" | "people" | "api-keys";

const others = ["appearance", "people", "api-keys"] as const;

export function SettingsPage() {
  const { tab = "profile" } = useSearch({ from: "/inside/settings" });
  const navigate = useNavigate({ from: "/settings" });
  const mayPeople = useMay("users:write");
  const mayKeys = useMay("api_keys:write");
  return (
    <>
      <PageHeader
        title="Settings"
        description="Your organisation, who works in it, how things look, and keys for scripts."
        help={tab === "people" ? "people" : "api"}
      />
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({
            search: (old) => ({ ...old, tab: others.find((one) => one === value) }),
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
          {mayPeople && (
            <Tabs.Tab value={"people" satisfies Tab} leftSection={<Users size={16} aria-hidden />}>
              People
            </Tabs.Tab>
          )}
          {mayKeys && (
            <Tabs.Tab value={"api-keys" satisfies Tab} leftSection={<KeyRound size={16} aria-hidden />}>
              API keys
            </Tabs.Tab>
          )}
        </Tabs.List>
        <Tabs.Panel value="profile">
          <Profile />
          <Password />
        </Tabs.Panel>
        <Tabs.Panel value="appearance">
          <Appearance />
        </Tabs.Panel>
        {mayPeople && (
          <Tabs.Panel value="people">
            <People />
          </Tabs.Panel>
        )}
        {mayKeys && (
          <Tabs.Panel value="api-keys">
            <ApiKeys />
          </Tabs.Panel>
        )}
      </Tabs>
    </>
  );
}
