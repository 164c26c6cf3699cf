// The calendar: what is in view lives in the address, what is shown is one clock, named on the page.
import { Alert, Box, Button, Card, Drawer, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CalendarDays, ListFilter, Plus, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { canWrite } from "@/api/calendars";
import { $api } from "@/api/client";
import { useWaiting } from "@/api/offline/queue";
import { useMay } from "@/api/session";
import type { Event } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { useShortcuts } from "@/lib/shortcuts";
import { localZone } from "@/lib/time";
import { addDays, instantOf, isDay, isZone, todayIn, wallAt } from "@/lib/wall";
import { announce } from "@/ui/announce";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { May } from "@/ui/May";
import { PageHeader } from "@/ui/PageHeader";
import { RelativeTime } from "@/ui/RelativeTime";
import { useNarrow } from "@/ui/useNarrow";
import { Agenda } from "./calendar/Agenda";
import { Grid } from "./calendar/Grid";
import { moved, type Placed, place, rangeOf, resized, step, type View } from "./calendar/place";
import { Side } from "./calendar/Side";
import { rangeTitle, Toolbar, ZoneSwitch } from "./calendar/Toolbar";
import { useMove } from "./calendar/useMove";
import { EventDrawer, useEventDrawer } from "./editor/EventDrawer";
import { useHow } from "./HowDialog";
import { occurrencesQuery, useCalendars } from "./queries";
import type { CalendarSearch } from "./search";
import { overlay } from "./waiting";

export function CalendarPage() {
  const search = useSearch({ from: "/inside/calendar" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const client = useClientScope();
  const [filtering, setFiltering] = useState(false);
  const { ask, dialog } = useHow();
  const move = useMove(ask);
  const drawer = useEventDrawer();

  const clientQuery = $api.useQuery(
    "get",
    "/api/v1/clients/{id}",
    { params: { path: { id: client ?? "" } } },
    { enabled: client !== undefined, staleTime: 60_000 },
  );
  const clientZone = clientQuery.data?.time_zone ?? null;
  const wanted = search.zone ?? clientZone;
  const zone = wanted && isZone(wanted) ? wanted : localZone();
  const narrow = useNarrow();
  const phone = useNarrow("36em");
  const asked = search.view ?? (narrow ? "agenda" : "week");
  // Seven days are too narrow to read there, and three are enough to see what comes.
  const view: View = phone && asked === "week" ? "days" : asked;
  const day = isDay(search.date) ? search.date : todayIn(zone);

  const go = (change: Partial<CalendarSearch>) =>
    void navigate({ to: ".", search: ((old: object) => ({ ...old, ...change })) as never, resetScroll: false });

  const { calendars, error: calendarsError, refetch: refetchCalendars } = useCalendars(client);
  const calendarById = useMemo(() => new Map(calendars?.map((one) => [one.id, one])), [calendars]);
  const calendarOf = (event: Event) => calendarById.get(event.calendar_id);
  const chosen = search.calendars;
  const shown = useMemo(
    () => new Set(chosen === undefined ? calendarById.keys() : chosen.split(",").filter((id) => calendarById.has(id))),
    [chosen, calendarById],
  );

  const range = (at: string) => {
    const { from, to } = rangeOf(view, at);
    return { from: instantOf(wallAt(from, "00:00"), zone), to: instantOf(wallAt(to, "00:00"), zone) };
  };
  // Until the client's zone is known the range would be another one, and nine o'clock another time.
  const ready = client === undefined || clientQuery.data !== undefined || clientQuery.error !== null;
  const events = useQuery({ ...occurrencesQuery(client, range(day)), enabled: ready });
  const entries = useWaiting();
  const { from: first, to: last } = range(day);
  const placed = useMemo(
    () =>
      overlay(events.data?.data ?? [], entries, {
        from: first,
        to: last,
        client,
        calendarOf: (id) => calendarById.get(id),
      })
        .filter((event) => event.status !== "cancelled" && shown.has(event.calendar_id))
        .map((event) => place(event, zone)),
    [events.data, shown, zone, entries, first, last, client, calendarById],
  );

  const prefetch = (by: 1 | -1) => void queries.prefetchQuery(occurrencesQuery(client, range(step(view, day, by))));
  const loadedFor = events.isSuccess && !events.isPlaceholderData ? `${client} ${zone} ${view} ${day}` : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for what is in view
  useEffect(() => {
    if (!loadedFor) return;
    const later = setTimeout(() => {
      prefetch(1);
      prefetch(-1);
    }, 400);
    announce(`${rangeTitle(view, day)}: ${placed.length} events`);
    return () => clearTimeout(later);
  }, [loadedFor]);

  const onZone = (next: string) => go({ zone: next === (clientZone ?? localZone()) ? undefined : next });
  const today = () => go({ date: todayIn(zone) });
  const by = (direction: 1 | -1) => go({ date: step(view, day, direction) });
  const mayCreate = useMay("events:write");
  const create = (start?: string, end?: string) =>
    drawer.open({ event: "new", start, end, in: zone, into: shown.size === 1 ? [...shown][0] : undefined });
  const createHere = () => ready && create(day === todayIn(zone) ? undefined : wallAt(day, "09:00"));
  useShortcuts({
    t: today,
    n: () => mayCreate && createHere(),
    "1": () => go({ view: "month" }),
    "2": () => go({ view: "week" }),
    "3": () => go({ view: "day" }),
    "4": () => go({ view: "agenda" }),
    ArrowLeft: () => by(-1),
    ArrowRight: () => by(1),
  });

  const onMove = (one: Placed, start: string, onAllDayRow: boolean) => {
    if (start !== one.start || onAllDayRow !== one.allDay) void move(one.event, moved(one, start, zone, onAllDayRow));
  };
  const onResize = (one: Placed, start: string, end: string) => {
    if (end > start) void move(one.event, resized(one, start, end, zone));
  };
  const choose = (next: Set<string>) =>
    go({ calendars: next.size === calendarById.size ? undefined : next.size === 0 ? "none" : [...next].join(",") });

  if (calendars?.length === 0) {
    return (
      <>
        <PageHeader title="Calendar" help="events" />
        <EmptyState
          icon={CalendarDays}
          title="No calendar to show"
          body="Connect an account, or switch on one of its calendars."
        >
          <May scope="credentials:write">
            <Button renderRoot={(props) => <Link to="/credentials/new" {...props} />}>Connect an account</Button>
          </May>
        </EmptyState>
      </>
    );
  }
  const { from, to } = rangeOf(view, day);
  const waiting = !events.data && !events.error;
  const side = calendars ? <Side calendars={calendars} shown={shown} onChange={choose} /> : <Skeleton h={120} />;
  return (
    <>
      <PageHeader
        title="Calendar"
        description={
          <>
            Times in <b>{zone.replaceAll("_", " ")}</b>
            {zone === clientZone ? " (the client’s zone)" : zone === localZone() ? " (your zone)" : ""}.
          </>
        }
        help="events"
      >
        <Button
          hiddenFrom="md"
          variant="default"
          leftSection={<ListFilter size={16} aria-hidden />}
          onClick={() => setFiltering(true)}
        >
          Calendars
        </Button>
        <May scope="events:write">
          <Button leftSection={<Plus size={16} aria-hidden />} disabled={!ready} onClick={createHere}>
            New event
          </Button>
        </May>
      </PageHeader>
      <Toolbar
        view={view}
        day={day}
        zone={zone}
        clientZone={clientZone}
        phone={phone}
        onView={(next) => go({ view: next === "days" ? "week" : next })}
        onDay={(next) => go({ date: next })}
        onStep={by}
        onToday={today}
        onZone={onZone}
        onIntent={prefetch}
      />
      {calendarsError && !calendars && <Failure error={calendarsError} onRetry={() => void refetchCalendars()} />}
      {events.error && !events.data ? (
        <Failure error={events.error} onRetry={() => void events.refetch()} />
      ) : (
        <Group align="flex-start" gap="md" wrap="nowrap">
          <Box visibleFrom="md" w={190} style={{ flexShrink: 0 }} component="aside" aria-label="Calendars">
            {side}
          </Box>
          <Stack gap="xs" style={{ flex: 1, minWidth: 0 }}>
            {events.data && events.data.stale.length > 0 && (
              <Alert
                color="yellow"
                icon={<TriangleAlert aria-hidden />}
                title="Some calendars could not be read just now"
              >
                {events.data.stale.map((one) => (
                  <Text size="sm" key={one.calendar_id}>
                    <b>{calendarById.get(one.calendar_id)?.name ?? "A calendar"}</b>: {one.detail}{" "}
                    {one.as_of ? (
                      <>
                        Shown as of <RelativeTime at={one.as_of} />.
                      </>
                    ) : (
                      "It was never read."
                    )}
                  </Text>
                ))}
              </Alert>
            )}
            {waiting ? (
              <Skeleton h={480} aria-label="Loading events" />
            ) : (
              <Card
                padding={view === "agenda" ? "sm" : 0}
                style={{
                  opacity: events.isPlaceholderData ? 0.6 : 1,
                  overflow: view === "agenda" ? "visible" : "hidden",
                }}
                aria-busy={events.isPlaceholderData}
              >
                {view === "agenda" ? (
                  <Agenda
                    from={from}
                    to={to}
                    zone={zone}
                    events={placed}
                    calendarOf={calendarOf}
                    onOpen={(event) => drawer.open({ event: event.id })}
                  />
                ) : (
                  <Grid
                    view={view}
                    day={day}
                    zone={zone}
                    events={placed}
                    calendarOf={calendarOf}
                    canChange={(event) => canWrite(calendarOf(event))}
                    onOpen={(event) => drawer.open({ event: event.id })}
                    onCreate={mayCreate ? create : () => {}}
                    onMove={onMove}
                    onResize={onResize}
                    onDay={(next) => go({ view: "day", date: isDay(next) ? next : addDays(day, 0) })}
                  />
                )}
              </Card>
            )}
            <Text size="xs" c="dimmed">
              {events.data?.as_of ? (
                <>
                  Read from the providers <RelativeTime at={events.data.as_of} />.
                </>
              ) : (
                events.data && "Not read from the providers yet."
              )}
              {events.data?.next_cursor &&
                " There are more events than can be drawn: choose fewer calendars or a shorter view."}
            </Text>
          </Stack>
        </Group>
      )}
      <Drawer
        opened={filtering}
        onClose={() => setFiltering(false)}
        title="Calendars"
        size="xs"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Stack>
          {phone && <ZoneSwitch day={day} zone={zone} clientZone={clientZone} onZone={onZone} />}
          {side}
        </Stack>
      </Drawer>
      <EventDrawer />
      {dialog}
    </>
  );
}
