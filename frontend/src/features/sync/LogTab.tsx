// Every exchange with a provider that did something, newest first.

import { Anchor, Card, Group, Select, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import { useState } from "react";
import { $api } from "@/api/client";
import { type LogFilter, logQuery } from "@/api/sync";
import type { SyncLogEntry } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { dateTime } from "@/lib/time";
import { EmptyState } from "@/ui/EmptyState";
import { providerNames, StateBadge } from "@/ui/status";
import { Listed } from "./Listed";
import { millis, outcomeLooks } from "./words";

const actions: Record<string, string> = {
  pull: "Read from the provider",
  create: "Create at the provider",
  update: "Change at the provider",
  delete: "Delete at the provider",
  reconcile: "Compared with the provider",
};

export function LogTab({ client }: { client: string | undefined }) {
  const [filter, setFilter] = useState<LogFilter>({});
  const calendars = $api.useQuery("get", "/api/v1/calendars", {
    params: { query: { client_id: client, limit: 500 } },
  }).data?.data;
  const nameOf = (id: string) => calendars?.find((one) => one.id === id)?.name ?? "a calendar";
  const set = (change: LogFilter) => setFilter((old) => ({ ...old, ...change }));
  return (
    <Stack>
      <Group align="flex-end" gap="sm">
        <Select
          label="Calendar"
          placeholder="All"
          clearable
          searchable
          clearButtonProps={{ "aria-label": "All calendars" }}
          data={calendars?.map((one) => ({ value: one.id, label: one.name })) ?? []}
          value={filter.calendar_id ?? null}
          onChange={(id) => set({ calendar_id: id ?? undefined })}
        />
        <Select
          label="Direction"
          allowDeselect={false}
          data={[
            { value: "", label: "Both" },
            { value: "in", label: "From the provider" },
            { value: "out", label: "To the provider" },
          ]}
          value={filter.direction ?? ""}
          onChange={(value) => set({ direction: (value || undefined) as LogFilter["direction"] })}
        />
        <Select
          label="Outcome"
          allowDeselect={false}
          data={[
            { value: "", label: "All" },
            ...Object.entries(outcomeLooks).map(([value, { label }]) => ({ value, label })),
          ]}
          value={filter.outcome ?? ""}
          onChange={(value) => set({ outcome: (value || undefined) as LogFilter["outcome"] })}
        />
      </Group>
      <Listed
        label="Log"
        query={logQuery(client, filter)}
        keyOf={(one) => one.id}
        row={(one) => <Entry entry={one} calendar={nameOf(one.calendar_id)} />}
        empty={
          <Card>
            <EmptyState
              icon={ScrollText}
              title="Nothing in the log"
              body="What is exchanged with the providers is noted here for 30 days. Readings that brought nothing new are not."
            />
          </Card>
        }
      />
    </Stack>
  );
}

function Entry({ entry, calendar }: { entry: SyncLogEntry; calendar: string }) {
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs" align="flex-start">
        <div style={{ minWidth: 0, flex: "1 1 16rem" }}>
          <Text size="sm" fw={600}>
            {actions[entry.action] ?? entry.action}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {calendar} · {providerNames[entry.provider]} · {dateTime(entry.at)} · took {millis(entry.took_ms)}
            {entry.lag_ms !== null && ` · ${millis(entry.lag_ms)} after the change`}
            {entry.attempts > 1 && ` · try ${entry.attempts}`}
          </Text>
        </div>
        <StateBadge look={outcomeLooks[entry.outcome]} size="sm" />
      </Group>
      {entry.detail && <Text size="sm">{sentence(entry.detail)}</Text>}
      {entry.event_id && entry.action !== "delete" && (
        <Anchor
          size="sm"
          renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId: entry.event_id ?? "" }} {...props} />}
        >
          The event
        </Anchor>
      )}
    </Stack>
  );
}
