// Ctrl+K: pages, actions, clients, events and help articles from one field.
import { Combobox, Kbd, Modal, ScrollArea, Text, TextInput, useCombobox, useMantineColorScheme } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  BookOpen,
  Building2,
  CalendarPlus,
  FileCode2,
  Keyboard,
  KeyRound,
  type LucideIcon,
  Moon,
  Search,
  Sun,
  UserPlus,
} from "lucide-react";
import { useLayoutEffect, useState } from "react";
import { $api } from "@/api/client";
import { mayDo } from "@/api/may";
import { useMe } from "@/api/session";
import { articles } from "@/features/help/articles";
import { useClientScope, useSetClientScope } from "@/lib/client-scope";
import { useFocusBack } from "@/ui/useFocusBack";
import { places } from "./navigation";

interface Command {
  id: string;
  group: string;
  label: string;
  detail?: string;
  keys?: string;
  icon: LucideIcon;
  run: () => unknown;
}

/** Every word of the query begins a word of the text. */
export function matches(text: string, query: string): boolean {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return query
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((part) => words.some((word) => word.startsWith(part)));
}

export function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  useFocusBack();
  const [query, setQuery] = useState("");
  const text = query.trim();
  const [q] = useDebouncedValue(text, 150);
  const commands = useCommands(text, q, onShortcuts);
  const combobox = useCombobox({ opened: true });
  const groups = [...new Set(commands.map((command) => command.group))];

  // With the list itself, not after it: whoever types fast presses Enter at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new list starts at its first entry
  useLayoutEffect(() => {
    combobox.selectFirstOption();
  }, [commands.map((command) => command.id).join()]);

  return (
    <Modal.Root opened onClose={onClose} size="lg" yOffset="12vh" centered={false}>
      <Modal.Overlay />
      <Modal.Content aria-label="Search and commands">
        <Combobox
          store={combobox}
          onOptionSubmit={(id) => {
            onClose();
            commands.find((command) => command.id === id)?.run();
          }}
        >
          <Combobox.EventsTarget>
            <TextInput
              data-autofocus
              variant="unstyled"
              size="lg"
              px="md"
              py={4}
              aria-label="Search or type a command"
              placeholder="Search or type a command"
              leftSection={<Search size={18} aria-hidden />}
              value={query}
              onChange={(event) => setQuery(event.currentTarget.value)}
              onKeyDown={(event) => {
                // The list would keep Escape for itself; here list and dialog are one.
                if (event.key === "Escape") onClose();
              }}
            />
          </Combobox.EventsTarget>
          <ScrollArea.Autosize mah="56vh" type="auto" style={{ borderTop: "1px solid var(--cs-line)" }}>
            <Combobox.Options p="xs" aria-label="Commands">
              {groups.map((group) => (
                <Combobox.Group label={group} key={group}>
                  {commands
                    .filter((command) => command.group === group)
                    .map(({ id, label, detail, keys, icon: Icon }) => (
                      <Combobox.Option value={id} key={id}>
                        <span style={{ display: "flex", alignItems: "center", gap: 10 }}>
                          <Icon size={16} aria-hidden style={{ flexShrink: 0 }} />
                          <Text span size="sm" truncate style={{ flex: 1 }}>
                            {label}
                            {detail && (
                              <Text span size="xs" c="dimmed" ml={8}>
                                {detail}
                              </Text>
                            )}
                          </Text>
                          {keys && (
                            <Kbd size="xs" aria-hidden>
                              {keys}
                            </Kbd>
                          )}
                        </span>
                      </Combobox.Option>
                    ))}
                </Combobox.Group>
              ))}
              {commands.length === 0 && <Combobox.Empty>Nothing found</Combobox.Empty>}
            </Combobox.Options>
          </ScrollArea.Autosize>
        </Combobox>
      </Modal.Content>
    </Modal.Root>
  );
}

function useCommands(text: string, q: string, onShortcuts: () => void): Command[] {
  const navigate = useNavigate();
  const setScope = useSetClientScope();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const clients = $api.useQuery(
    "get",
    "/api/v1/clients",
    { params: { query: { q: q || undefined, limit: 6 } } },
    { placeholderData: keepPreviousData },
  );
  const dark = colorScheme === "dark";
  const me = useMe();
  const scope = useClientScope();
  const all: (Command | false)[] = [
    ...places.map(({ to, label, icon, key }) => ({
      id: `go ${to}`,
      group: "Pages",
      label,
      keys: `G ${key.toUpperCase()}`,
      icon,
      run: () => navigate({ to }),
    })),
    mayDo(me, "events:write", { client: scope }) && {
      id: "new event",
      group: "Actions",
      label: "New event",
      keys: "N",
      icon: CalendarPlus,
      run: () => navigate({ to: "/calendar", search: { event: "new" } }),
    },
    mayDo(me, "clients:write", { all: true }) && {
      id: "add client",
      group: "Actions",
      label: "Add client",
      icon: UserPlus,
      run: () => navigate({ to: "/clients", search: { new: true } }),
    },
    mayDo(me, "credentials:write", { client: scope }) && {
      id: "connect",
      group: "Actions",
      label: "Connect an account",
      icon: KeyRound,
      run: () => navigate({ to: "/credentials/new" }),
    },
    mayDo(me, "users:write") && {
      id: "people",
      group: "Actions",
      label: "Invite somebody",
      icon: UserPlus,
      run: () => navigate({ to: "/settings", search: { tab: "people" } }),
    },
    mayDo(me, "api_keys:write") && {
      id: "api key",
      group: "Actions",
      label: "Create API key",
      icon: KeyRound,
      run: () => navigate({ to: "/settings", search: { tab: "api-keys" } }),
    },
    {
      id: "scheme",
      group: "Actions",
      label: dark ? "Use light colours" : "Use dark colours",
      icon: dark ? Sun : Moon,
      run: () => setColorScheme(dark ? "light" : "dark"),
    },
    { id: "shortcuts", group: "Actions", label: "Keyboard shortcuts", keys: "?", icon: Keyboard, run: onShortcuts },
    {
      id: "api",
      group: "Actions",
      label: "API documentation",
      detail: "Swagger UI",
      icon: FileCode2,
      run: () => window.open("/docs", "_blank", "noreferrer"),
    },
  ];
  const fixed = all.filter((one) => one !== false);
  const found: Command[] = (clients.data?.data ?? []).map((client) => ({
    id: `client ${client.id}`,
    group: "Clients",
    label: client.name,
    detail: client.email,
    icon: Building2,
    run: () => {
      setScope(client.id);
      return navigate({
        to: "/clients/$clientId",
        params: { clientId: client.id },
        search: { client: client.id } as never,
      });
    },
  }));
  const help: Command[] = articles.map((article) => ({
    id: `help ${article.id}`,
    group: "Help",
    label: article.title,
    icon: BookOpen,
    run: () => navigate({ to: "/help", search: { topic: article.id } }),
  }));
  if (!text) return [...fixed, ...found];
  // Until the answer to this very text is there, those of the last one must match by themselves: Enter takes the first.
  const isAnswer = q === text && !clients.isPlaceholderData;
  return [
    ...fixed.filter((command) => matches(`${command.label} ${command.detail ?? ""}`, text)),
    ...found.filter((command) => isAnswer || matches(`${command.label} ${command.detail}`, text)),
    ...help.filter((command) => matches(command.label, text)),
    {
      id: "events",
      group: "Events",
      label: `Search events for “${text}”`,
      icon: Search,
      run: () => navigate({ to: "/events", search: { q: text } }),
    },
  ];
}
