import { Button, Grid, Group, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CalendarCheck, CalendarDays, CalendarPlus, KeyRound, Layers, UserPlus, Users } from "lucide-react";
import { lazy, Suspense } from "react";
import { $api } from "@/api/client";
import { useMay } from "@/api/session";
import type { Dashboard } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { localZone } from "@/lib/time";
import { EventList } from "@/ui/EventList";
import { Failure } from "@/ui/Failure";
import { May } from "@/ui/May";
import { PageHeader } from "@/ui/PageHeader";
import { Section } from "@/ui/Section";
import { StatTile } from "@/ui/StatTile";
import { Alerts } from "./Alerts";
import { Attention } from "./Attention";
import { Onboarding } from "./Onboarding";
import { SyncHealth } from "./SyncHealth";

const EventsPerDay = lazy(() => import("./EventsPerDay").then((module) => ({ default: module.EventsPerDay })));

export function DashboardPage() {
  const scope = useClientScope();
  const mayWrite = useMay("events:write");
  const query = $api.useQuery(
    "get",
    "/api/v1/dashboard",
    { params: { query: { client_id: scope } } },
    { refetchInterval: 60_000 },
  );
  const client = $api.useQuery(
    "get",
    "/api/v1/clients/{id}",
    { params: { path: { id: scope ?? "" } } },
    { enabled: scope !== undefined },
  );
  // Among all clients a row must say whose it is.
  const clients = $api.useQuery(
    "get",
    "/api/v1/clients",
    { params: { query: { limit: 500 } } },
    { enabled: scope === undefined, staleTime: 60_000 },
  );
  const nameOf = (event: { client_id: string }) =>
    scope === undefined ? clients.data?.data.find((one) => one.id === event.client_id)?.name : undefined;
  const data = query.data;
  const zone = (scope && client.data?.time_zone) || localZone();

  return (
    <>
      <PageHeader
        title="Dashboard"
        description={scope ? client.data?.name : "All clients at a glance"}
        help="getting-started"
      >
        <May scope="clients:write" all>
          <Button
            variant="default"
            leftSection={<UserPlus size={16} aria-hidden />}
            renderRoot={(props) => <Link to="/clients" search={{ new: true }} {...props} />}
          >
            Add client
          </Button>
        </May>
        {mayWrite && (
          <Button
            leftSection={<CalendarPlus size={16} aria-hidden />}
            renderRoot={(props) => <Link to="/calendar" search={{ event: "new" }} {...props} />}
          >
            New event
          </Button>
        )}
      </PageHeader>
      {query.error && !data ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stack gap="lg">
          {data && <Onboarding data={data} />}
          {data && <Alerts alerts={data.credentials.alerts} />}
          {data && <Attention client={scope} calendars={data.calendars} />}
          <Tiles data={data} scoped={scope !== undefined} />
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, lg: 7 }}>
              <Section
                title="Coming up"
                description={`Times in ${zone.replaceAll("_", " ")}`}
                aside={<SeeAll to="/calendar" label="Calendar" />}
              >
                <Events
                  events={data?.events.upcoming}
                  zone={zone}
                  detail={nameOf}
                  empty="No event in the next seven days."
                />
              </Section>
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 5 }}>
              <Stack gap="lg">
                <Section title="Events per day" description={`The next 14 days, ${zone.replaceAll("_", " ")}`}>
                  {data ? (
                    <Suspense fallback={<Skeleton h={220} />}>
                      <EventsPerDay days={data.events.per_day} />
                    </Suspense>
                  ) : (
                    <Skeleton h={220} />
                  )}
                </Section>
                <Section title="Sync health" aside={<SeeAll to="/sync" label="Sync" />}>
                  {data ? <SyncHealth sync={data.sync} /> : <Skeleton h={80} />}
                </Section>
                <Section
                  title="Changed lately"
                  description={`Times in ${zone.replaceAll("_", " ")}`}
                  aside={<SeeAll to="/events" label="Events" />}
                >
                  <Events
                    events={data?.events.recent.slice(0, 5)}
                    zone={zone}
                    detail={nameOf}
                    empty="Changes of events appear here."
                  />
                </Section>
              </Stack>
            </Grid.Col>
          </Grid>
        </Stack>
      )}
    </>
  );
}

function Tiles({ data, scoped }: { data: Dashboard | undefined; scoped: boolean }) {
  const broken = data ? data.calendars.failing + data.calendars.stale : 0;
  const working = data ? data.credentials.by_status.valid : undefined;
  const total = data ? Object.values(data.credentials.by_status).reduce((sum, count) => sum + count, 0) : 0;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <StatTile
        label={scoped ? "Clients in all" : "Clients"}
        value={data?.clients.active}
        icon={Users}
        link={{ to: "/clients" }}
        detail={data && `${data.clients.archived} archived`}
      />
      <StatTile
        label="Working accounts"
        value={working}
        icon={KeyRound}
        color={data && working !== total ? "orange" : undefined}
        link={{ to: "/credentials" }}
        detail={data && `of ${total}`}
      />
      <StatTile
        label="Calendars shown"
        value={data?.calendars.selected}
        icon={Layers}
        color={broken > 0 ? "orange" : undefined}
        link={{ to: "/calendars" }}
        detail={data && (broken > 0 ? `${broken} need${broken === 1 ? "s" : ""} a look` : "all up to date")}
      />
      <StatTile
        label="Events"
        value={data?.events.mirrored}
        icon={CalendarCheck}
        link={{ to: "/events" }}
        detail={data && "mirrored here"}
      />
    </SimpleGrid>
  );
}

function Events({
  events,
  zone,
  detail,
  empty,
}: {
  events: Dashboard["events"]["upcoming"] | undefined;
  zone: string;
  detail: (event: { client_id: string }) => string | undefined;
  empty: string;
}) {
  if (!events) return <Skeleton h={180} />;
  if (events.length === 0) {
    return (
      <Group gap="sm" c="dimmed" py="sm">
        <CalendarDays size={18} aria-hidden />
        <Text size="sm">{empty}</Text>
      </Group>
    );
  }
  return <EventList events={events} zone={zone} detail={detail} />;
}

const SeeAll = ({ to, label }: { to: "/sync" | "/calendar" | "/events"; label: string }) => (
  <Button size="compact-sm" variant="subtle" renderRoot={(props) => <Link to={to} {...props} />}>
    {label}
  </Button>
);
