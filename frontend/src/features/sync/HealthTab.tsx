// How the exchanges go: share of success and lag by provider, freshness of each calendar, what accounts may still ask.
import { Anchor, Button, Group, Progress, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { $api } from "@/api/client";
import { invalidate } from "@/api/query";
import { type By, quotaQuery, summaryQuery } from "@/api/sync";
import type { Calendar, Quota } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { CalendarBadge, providerNames } from "@/ui/status";
import { Listed } from "./Listed";

const Charts = lazy(() => import("./Charts").then((module) => ({ default: module.Charts })));

export function HealthTab({ client }: { client: string | undefined }) {
  const [by, setBy] = useState<By>("hour");
  const summary = useQuery(summaryQuery(client, by));
  return (
    <Stack gap="lg">
      <Section
        title="How it goes"
        description="The share of exchanges that went well, and how late changes reach the other side: 95 of 100 are faster."
        aside={
          <SegmentedControl
            aria-label="Period"
            value={by}
            onChange={(value) => setBy(value as By)}
            data={[
              { value: "hour", label: "24 hours" },
              { value: "day", label: "30 days" },
            ]}
          />
        }
      >
        {summary.error && !summary.data ? (
          <Failure error={summary.error} onRetry={() => void summary.refetch()} />
        ) : summary.data ? (
          <Suspense fallback={<Skeleton h={240} />}>
            <Charts by={by} figures={summary.data.data} />
          </Suspense>
        ) : (
          <Skeleton h={240} />
        )}
      </Section>
      <Calendars client={client} />
      <Section
        title="Requests left"
        description="What this installation asks of each account, and what it allows itself: less than the provider allows."
      >
        <Listed
          label="Accounts"
          query={quotaQuery(client)}
          keyOf={(one) => one.credential_id}
          row={(one) => <Account quota={one} />}
          empty={
            <Text size="sm" c="dimmed">
              Appears with the first connected account.
            </Text>
          }
        />
      </Section>
    </Stack>
  );
}

function Calendars({ client }: { client: string | undefined }) {
  const list = $api.useQuery("get", "/api/v1/calendars", { params: { query: { client_id: client, limit: 500 } } });
  const shown = list.data?.data.filter((one) => one.selected);
  return (
    <Section title="Calendars" description="How each stands with its provider, and how old what you see of it is.">
      {list.error && !list.data ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !shown ? (
        <Skeleton h={80} />
      ) : shown.length === 0 ? (
        <Text size="sm" c="dimmed">
          No calendar is shown. Connect an account, or switch on one of its calendars.
        </Text>
      ) : (
        <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="Calendars">
          {shown.map((calendar) => (
            <CalendarRow key={calendar.id} calendar={calendar} />
          ))}
        </Stack>
      )}
    </Section>
  );
}

function CalendarRow({ calendar }: { calendar: Calendar }) {
  const queries = useQueryClient();
  const call = $api.useMutation("post", "/api/v1/calendars/{id}/sync");
  const resync = async () => {
    try {
      const health = await call.mutateAsync({ params: { path: { id: calendar.id } } });
      if (health.state === "ok") notifyDone(`${calendar.name} is up to date: ${health.events} events.`);
    } catch {
      // The failed mutation shows itself.
    }
    await invalidate(queries, "/api/v1/calendars", "/api/v1/events", "/api/v1/dashboard", "/api/v1/sync-log");
  };
  return (
    <Group component="li" justify="space-between" gap="xs" py={6} style={{ borderTop: "1px solid var(--cs-line)" }}>
      <div style={{ minWidth: 0, flex: "1 1 14rem" }}>
        <Anchor
          fw={600}
          size="sm"
          c="var(--mantine-color-text)"
          style={{ overflowWrap: "anywhere" }}
          renderRoot={(props) => <Link to="/calendars/$calendarId" params={{ calendarId: calendar.id }} {...props} />}
        >
          {calendar.name}
        </Anchor>
        <Text size="sm" c="dimmed">
          {providerNames[calendar.provider]} ·{" "}
          {calendar.as_of ? (
            <>
              read <RelativeTime at={calendar.as_of} />
            </>
          ) : (
            "never read"
          )}
        </Text>
      </div>
      <Group gap="xs">
        <CalendarBadge state={calendar.health} />
        <Button
          size="compact-md"
          variant="default"
          loading={call.isPending}
          leftSection={<RefreshCw size={14} aria-hidden />}
          aria-label={`Resync ${calendar.name}`}
          onClick={() => void resync()}
        >
          Resync
        </Button>
      </Group>
    </Group>
  );
}

const numbers = new Intl.NumberFormat();

function Account({ quota }: { quota: Quota }) {
  const { used, limits } = quota;
  const share = Math.min(100, (used.last_minute / Math.max(limits.per_minute, 1)) * 100);
  const words = `${numbers.format(used.last_minute)} of ${numbers.format(limits.per_minute)} requests in this minute`;
  const rests = [
    quota.writes_paused_until &&
      (["The provider takes no writes just now; they go on ", quota.writes_paused_until] as const),
    quota.rests_until && (["The provider asked for patience; it is asked again ", quota.rests_until] as const),
    quota.circuit !== "closed" &&
      (["It did not answer several times and is left alone; it is tried again ", quota.circuit_until] as const),
  ].filter((one) => !!one);
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <Text fw={600} size="sm" style={{ overflowWrap: "anywhere" }}>
          {quota.account_email ?? "An account"}
        </Text>
        <Text size="sm" c="dimmed">
          {providerNames[quota.provider]}
        </Text>
      </Group>
      <Progress
        value={share}
        size="sm"
        color={share > 90 ? "red" : share > 70 ? "yellow" : "teal"}
        aria-label={words}
      />
      <Text size="sm" c="dimmed">
        {words} · {numbers.format(used.last_day)} in 24 hours, {numbers.format(used.last_day_writes)} of them writes,{" "}
        {numbers.format(used.last_day_failed)} failed · today will come to about {numbers.format(quota.forecast_today)}
      </Text>
      {rests.map(([text, until]) => (
        <Text key={text} size="sm" fw={600}>
          {text}
          {until ? <RelativeTime at={until} /> : "now"}.
        </Text>
      ))}
    </Stack>
  );
}
