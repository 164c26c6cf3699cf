import { Anchor, Button, Group, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CalendarCheck, CalendarPlus, KeyRound, Layers } from "lucide-react";
import { $api } from "@/api/client";
import type { Client } from "@/api/types";
import { EmptyState } from "@/ui/EmptyState";
import { EventList } from "@/ui/EventList";
import { Failure } from "@/ui/Failure";
import { May } from "@/ui/May";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { StatTile } from "@/ui/StatTile";

/** How the client is doing: figures, what needs attention, what comes next. */
export function ClientOverview({ client }: { client: Client }) {
  const query = $api.useQuery("get", "/api/v1/dashboard", { params: { query: { client_id: client.id } } });
  const data = query.data;
  const scope = { client: client.id } as never;
  if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 2, xs: 3 }}>
        <StatTile
          label="Accounts"
          value={client.credential_count}
          icon={KeyRound}
          link={{ to: "/clients/$clientId", params: { clientId: client.id }, search: { tab: "credentials" } as never }}
          detail={attention(data?.credentials.alerts.length)}
        />
        <StatTile
          label="Calendars"
          value={client.calendar_count}
          icon={Layers}
          link={{ to: "/clients/$clientId", params: { clientId: client.id }, search: { tab: "calendars" } as never }}
          detail={data && `${data.calendars.selected} shown`}
        />
        <StatTile
          label="Events"
          value={data?.events.mirrored}
          icon={CalendarCheck}
          link={{ to: "/events", search: scope }}
          detail="mirrored here"
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: "start" }}>
        <Section title="Next seven days" description={`Times in ${client.time_zone.replaceAll("_", " ")}`}>
          {!data ? (
            <Skeleton h={140} />
          ) : data.events.upcoming.length > 0 ? (
            <EventList events={data.events.upcoming} zone={client.time_zone} />
          ) : client.credential_count === 0 ? (
            <EmptyState
              icon={KeyRound}
              title="No account yet"
              body="Connect this client's Google, Microsoft or CalDAV account to see its calendars."
            >
              <May scope="credentials:write" client={client.id}>
                <Button renderRoot={(props) => <Link to="/credentials/new" search={scope} {...props} />}>
                  Connect an account
                </Button>
              </May>
            </EmptyState>
          ) : (
            <EmptyState icon={CalendarPlus} title="Nothing planned" body="No event in the next seven days.">
              <May scope="events:write" client={client.id}>
                <Button
                  variant="default"
                  renderRoot={(props) => (
                    <Link to="/calendar" search={{ client: client.id, event: "new" } as never} {...props} />
                  )}
                >
                  New event
                </Button>
              </May>
            </EmptyState>
          )}
        </Section>
        <Section title="About">
          <Stack gap="sm">
            <Fact name="E-mail">
              <Anchor href={`mailto:${client.email}`}>{client.email}</Anchor>
            </Fact>
            <Fact name="Google account">{client.google_account_email ?? "Any"}</Fact>
            <Fact name="Time zone">{client.time_zone.replaceAll("_", " ")}</Fact>
            <Fact name="Added">
              <RelativeTime at={client.created_at} />
            </Fact>
            <Fact name="Notes">
              <span style={{ whiteSpace: "pre-wrap" }}>{client.notes ?? "None"}</span>
            </Fact>
          </Stack>
        </Section>
      </SimpleGrid>
    </Stack>
  );
}

const attention = (count: number | undefined) =>
  count === undefined ? undefined : count === 0 ? "all working" : `${count} need${count === 1 ? "s" : ""} attention`;

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <Group gap="md" wrap="nowrap" align="flex-start">
      <Text size="sm" c="dimmed" w={120} style={{ flexShrink: 0 }}>
        {name}
      </Text>
      <Text size="sm" component="div" style={{ minWidth: 0, overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </Group>
  );
}
