// How the exchanges go: share of success and lag by provider, freshness of each calendar, what accounts may still ask.
import { Group, Progress, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { type By, quotaQuery, summaryQuery } from "@/api/sync";
import type { Quota } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { providerNames } from "@/ui/status";
import { HealthCalendars } from "./HealthCalendars";
import { Listed } from "./Listed";

const Charts = lazy(() => import("./Charts").then((module) => ({ default: module.Charts })));

export interface HealthTabProps {
  client: string | undefined;
  /** First, and only, the calendars that need somebody. */
  trouble: boolean;
}

export function HealthTab({ client, trouble }: HealthTabProps) {
  const [by, setBy] = useState<By>("hour");
  const summary = useQuery(summaryQuery(client, by));
  return (
    <Stack gap="lg">
      {trouble && <HealthCalendars client={client} trouble />}
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
      {!trouble && <HealthCalendars client={client} />}
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
