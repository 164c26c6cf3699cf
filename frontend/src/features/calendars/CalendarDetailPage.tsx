// One calendar: what it takes part in, how fresh it is, what could not be read.
import { Alert, Button, Code, Group, SimpleGrid, Skeleton, Stack, Table, Text } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { CalendarDays, KeyRound, RefreshCw } from "lucide-react";
import { $api } from "@/api/client";
import type { Calendar, CalendarHealth } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { dateTime } from "@/lib/time";
import { CalendarToggles } from "@/ui/CalendarToggles";
import { CompareButton } from "@/ui/CompareButton";
import { Failure } from "@/ui/Failure";
import { May } from "@/ui/May";
import { PageHeader } from "@/ui/PageHeader";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { CalendarBadge, calendarLooks, providerNames } from "@/ui/status";
import { roleWords } from "./access";
import { BusyRulesTable } from "./BusyRulesTable";
import { ColourPicker } from "./CalendarCard";
import { useSync } from "./useSync";

export function CalendarDetailPage() {
  const { calendarId } = useParams({ from: "/inside/calendars/$calendarId" });
  const path = { params: { path: { id: calendarId } } };
  const one = $api.useQuery("get", "/api/v1/calendars/{id}", path);
  const health = $api.useQuery("get", "/api/v1/calendars/{id}/health", path, { refetchInterval: 30_000 });
  if (one.error && !one.data) {
    return (
      <>
        <PageHeader title="Calendar" />
        <Failure error={one.error} onRetry={() => void one.refetch()} />
      </>
    );
  }
  if (!one.data) {
    return (
      <Stack aria-busy="true" aria-label="Loading the calendar">
        <Skeleton h={32} w={280} />
        <Skeleton h={180} />
      </Stack>
    );
  }
  return (
    <Loaded calendar={one.data} health={health.data} healthError={health.error} retry={() => void health.refetch()} />
  );
}

function Loaded({
  calendar,
  health,
  healthError,
  retry,
}: {
  calendar: Calendar;
  health?: CalendarHealth;
  healthError: unknown;
  retry: () => void;
}) {
  const { sync, syncing } = useSync(calendar);
  return (
    <Stack>
      <PageHeader
        title={calendar.name}
        description={`${providerNames[calendar.provider]} · ${roleWords[calendar.access_role]}${calendar.time_zone ? ` · ${calendar.time_zone.replaceAll("_", " ")}` : ""}`}
        help="calendars"
      >
        <Button
          variant="default"
          leftSection={<CalendarDays size={16} aria-hidden />}
          renderRoot={(props) => (
            <Link to="/calendar" search={{ client: calendar.client_id, calendars: calendar.id } as never} {...props} />
          )}
        >
          Show events
        </Button>
        <May scope="calendars:write" client={calendar.client_id}>
          <CompareButton calendar={calendar} />
        </May>
        <May scope="calendars:write" client={calendar.client_id}>
          <Button
            loading={syncing}
            disabled={!calendar.selected}
            leftSection={<RefreshCw size={16} aria-hidden />}
            onClick={() => void sync()}
          >
            Sync now
          </Button>
        </May>
      </PageHeader>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section
          title="Takes part"
          aside={
            <May scope="calendars:write" client={calendar.client_id}>
              <ColourPicker calendar={calendar} />
            </May>
          }
        >
          <CalendarToggles calendar={calendar} hints />
        </Section>
        <Section title="Health" aside={<CalendarBadge state={health?.state ?? calendar.health} />}>
          {healthError && !health ? (
            <Failure error={healthError} onRetry={retry} />
          ) : health ? (
            <Health health={health} calendar={calendar} />
          ) : (
            <Skeleton h={90} />
          )}
        </Section>
      </SimpleGrid>
      <BusyRulesTable calendar={calendar} />
      {health && health.malformed.length > 0 && (
        <Section
          title="Entries that could not be read"
          description="They stay as they are at the provider; the others are synced. Correct them there."
        >
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Entry</Table.Th>
                <Table.Th scope="col">Why</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {health.malformed.map((entry) => (
                <Table.Tr key={entry.provider_event_id}>
                  <Table.Td>
                    <Code style={{ overflowWrap: "anywhere" }}>{entry.provider_event_id}</Code>
                  </Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{entry.reason}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Section>
      )}
      <Group>
        <Button
          variant="subtle"
          leftSection={<KeyRound size={16} aria-hidden />}
          renderRoot={(props) => (
            <Link to="/credentials/$credentialId" params={{ credentialId: calendar.credential_id }} {...props} />
          )}
        >
          The account of this calendar
        </Button>
      </Group>
    </Stack>
  );
}

function Health({ health, calendar }: { health: CalendarHealth; calendar: Calendar }) {
  return (
    <Stack gap="xs">
      <Text size="sm">
        {health.events} {health.events === 1 ? "entry" : "entries"},{" "}
        {health.as_of ? (
          <>
            read <RelativeTime at={health.as_of} />
          </>
        ) : (
          "never read"
        )}
        {health.next_pull_at && calendar.selected && (
          <>
            , next <RelativeTime at={health.next_pull_at} />
          </>
        )}
        .
      </Text>
      <LastComparison last={health.reconciliation} />
      {health.last_error && (
        <Alert color={calendarLooks[health.state].color} title={`Last error, ${dateTime(health.last_error.at)}`}>
          <Text size="sm">{sentence(health.last_error.detail)}</Text>
          <Text size="xs" mt={4}>
            <Code>{health.last_error.code}</Code>
            {health.consecutive_failures > 1 && ` ${health.consecutive_failures} times in a row`}
          </Text>
        </Alert>
      )}
      {health.malformed.length === 0 && !health.last_error && (
        <Text size="sm" c="dimmed">
          No entry was unreadable, and nothing failed.
        </Text>
      )}
    </Stack>
  );
}

/** When our copy was last held against the provider, and what came of it. */
function LastComparison({ last }: { last: CalendarHealth["reconciliation"] }) {
  return (
    <Text size="sm">
      {last ? (
        <>
          Compared with the provider <RelativeTime at={last.at} />:{" "}
          {last.differences === 0
            ? `all ${last.compared} say the same.`
            : `${last.differences} of ${last.compared} ${last.differences === 1 ? "differs" : "differ"}. Compare again to see which.`}
        </>
      ) : (
        "Not compared with the provider yet; that happens by itself every week."
      )}
    </Text>
  );
}
