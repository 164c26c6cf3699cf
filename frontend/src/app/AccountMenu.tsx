import { ActionIcon, Avatar, Menu, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { FileCode2, Keyboard, LogOut, Settings } from "lucide-react";
import { $api, rememberToken } from "@/api/client";
import { wipe } from "@/api/offline/database";
import { waiting } from "@/api/offline/queue";
import { sessionQuery, useMe } from "@/api/session";
import { forgetClient } from "@/lib/client-scope";
import { confirm } from "@/ui/confirm";

const initials = (name: string) =>
  name
    .split(/\s+/)
    .map((part) => part[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();

export function AccountMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const me = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const logout = $api.useMutation("post", "/api/v1/auth/logout", {
    onSuccess: async () => {
      rememberToken(null);
      await wipe();
      forgetClient();
      queries.setQueryData(sessionQuery.queryKey, null);
      await navigate({ to: "/login", search: {} });
      // Nothing of one person's data stays for the next.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    },
  });
  const leave = async () => {
    const count = waiting().filter((one) => one.state !== "done").length;
    const sure =
      count === 0 ||
      (await confirm({
        title: "Sign out and lose what waits?",
        body: `${count} ${count === 1 ? "change waits" : "changes wait"} in this browser for the service. Signing out discards ${count === 1 ? "it" : "them"}.`,
        verb: "Discard and sign out",
      }));
    if (sure) logout.mutate({});
  };
  const name = me?.user?.name ?? "";
  return (
    <Menu position="bottom-end" width={240} withinPortal={false}>
      <Menu.Target>
        <ActionIcon variant="transparent" size="lg" radius="xl" aria-label={`${initials(name)}: account of ${name}`}>
          <Avatar size={32} radius="xl" color="brand" variant="filled" aria-hidden>
            {initials(name)}
          </Avatar>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item renderRoot={(p) => <Link to="/settings" {...p} />}>
          <Text size="sm" fw={600} truncate>
            {name}
          </Text>
          <Text size="xs" opacity={0.85} truncate>
            {me?.user?.email}
          </Text>
          <Text size="xs" opacity={0.85} truncate>
            {me?.tenant.name}
          </Text>
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Settings size={16} aria-hidden />} renderRoot={(p) => <Link to="/settings" {...p} />}>
          Settings
        </Menu.Item>
        <Menu.Item leftSection={<Keyboard size={16} aria-hidden />} onClick={onShortcuts}>
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Item
          leftSection={<FileCode2 size={16} aria-hidden />}
          component="a"
          href="/docs"
          target="_blank"
          rel="noreferrer"
        >
          API documentation
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => void leave()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
