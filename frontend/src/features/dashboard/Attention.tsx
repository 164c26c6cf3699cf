// What the sync cannot settle by itself: refused changes, conflicts, calendars that are not read. Shown only when there is something.
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarX2, GitMerge, type LucideIcon, OctagonAlert, TriangleAlert } from "lucide-react";
import { conflictsQuery, mappingsQuery } from "@/api/sync";
import type { Dashboard } from "@/api/types";

interface Item {
  count: number;
  /** There are more than were counted. */
  more: boolean;
  icon: LucideIcon;
  one: string;
  many: string;
  detail: string;
  verb: string;
  search: { tab: "queue" | "conflicts" | "health"; only?: "trouble" };
}

export interface AttentionProps {
  client: string | undefined;
  calendars: Dashboard["calendars"];
}

export function Attention({ client, calendars }: AttentionProps) {
  const failed = useInfiniteQuery(mappingsQuery(client, "failed")).data?.pages[0];
  const open = useInfiniteQuery(conflictsQuery(client, "open")).data?.pages[0];
  const all: Item[] = [
    {
      count: failed?.data.length ?? 0,
      more: failed?.next_cursor != null,
      icon: OctagonAlert,
      one: "change could not be carried out",
      many: "changes could not be carried out",
      detail: names(failed?.data),
      verb: "Retry or discard",
      search: { tab: "queue" },
    },
    {
      count: open?.data.length ?? 0,
      more: open?.next_cursor != null,
      icon: GitMerge,
      one: "event was changed on both sides",
      many: "events were changed on both sides",
      detail: names(open?.data),
      verb: "Decide",
      search: { tab: "conflicts" },
    },
    {
      count: calendars.failing + calendars.stale,
      more: false,
      icon: CalendarX2,
      one: "calendar is not up to date",
      many: "calendars are not up to date",
      detail: "What you see of them may be old.",
      verb: "See why",
      search: { tab: "health", only: "trouble" },
    },
  ];
  const items = all.filter((one) => one.count > 0);
  if (items.length === 0) return null;
  return (
    <Alert
      component="section"
      role="region"
      color="orange"
      icon={<TriangleAlert aria-hidden />}
      title="Needs your attention"
    >
      <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }}>
        {items.map(({ count, more, icon: Icon, one, many, detail, verb, search }) => {
          const words = `${more ? `${count}+` : count} ${count === 1 ? one : many}`;
          return (
            <Group component="li" key={search.tab} justify="space-between" gap="xs">
              <Group gap="sm" wrap="nowrap" align="flex-start" style={{ minWidth: 0, flex: "1 1 16rem" }}>
                <Icon size={18} aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
                <div style={{ minWidth: 0 }}>
                  <Text size="sm" fw={600} c="var(--mantine-color-text)">
                    {words}
                  </Text>
                  <Text size="xs" c="var(--mantine-color-text)" style={{ overflowWrap: "anywhere" }}>
                    {detail}
                  </Text>
                </div>
              </Group>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`${verb}: ${words}`}
                renderRoot={(props) => <Link to="/sync" search={search} {...props} />}
              >
                {verb}
              </Button>
            </Group>
          );
        })}
      </Stack>
    </Alert>
  );
}

/** The first few by name. */
function names(all: readonly { title: string }[] | undefined): string {
  if (!all) return "";
  const shown = all.slice(0, 3).map((one) => `“${one.title || "(no title)"}”`);
  return all.length > shown.length ? `${shown.join(", ")} and others` : shown.join(", ");
}
