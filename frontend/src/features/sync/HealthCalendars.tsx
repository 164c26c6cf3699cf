// How each calendar stands with its provider.
import { Anchor, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { $api } from "@/api/client";
import { invalidate } from "@/api/query";
import type { Calendar } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { CompareButton } from "@/ui/CompareButton";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { CalendarBadge, providerNames } from "@/ui/status";

const inTrouble = ({ health }: Calendar) => health === "failing" || health === "stale";

export interface HealthCalendarsProps {
  client: string | undefined;
  /** Only those that need somebody. */
  trouble?: boolean;
}

export function HealthCalendars({ client, trouble = false }: HealthCalendarsProps) {
  const list = $api.useQuery("get", "/api/v1/calendars", { params: { query: { client_id: client, limit: 500 } } });
  const shown = list.data?.data.filter((one) => one.selected && (!trouble || inTrouble(one)));
  return (
    <Section
      title={trouble ? "Calendars that are not up to date" : "Calendars"}
      description={
        trouble
          ? "The others are left out. Each is tried again by itself."
          : "How each stands with its provider, and how old what you see of it is."
      }
      aside={
        trouble && (
          <Button
            size="compact-sm"
            variant="subtle"
            renderRoot={(props) => <Link to="/sync" search={{ tab: "health" }} {...props} />}
          >
            Show all
          </Button>
        )
      }
    >
      {list.error && !list.data ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !shown ? (
        <Skeleton h={80} />
      ) : shown.length === 0 ? (
        <Text size="sm" c="dimmed">
          {trouble
            ? "All calendars are up to date again."
            : "No calendar is shown. Connect an account, or switch on one of its calendars."}
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
  const health = $api.useQuery(
    "get",
    "/api/v1/calendars/{id}/health",
    { params: { path: { id: calendar.id } } },
    // Why it is in trouble stands there only.
    { enabled: inTrouble(calendar) },
  );
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
        {inTrouble(calendar) && health.data?.last_error && (
          <Text size="sm">{sentence(health.data.last_error.detail)}</Text>
        )}
      </div>
      <Group gap="xs">
        <CalendarBadge state={calendar.health} />
        <Button
          size="compact-sm"
          variant="default"
          loading={call.isPending}
          leftSection={<RefreshCw size={14} aria-hidden />}
          aria-label={`Resync ${calendar.name}`}
          onClick={() => void resync()}
        >
          Resync
        </Button>
        <CompareButton calendar={calendar} listed />
      </Group>
    </Group>
  );
}
