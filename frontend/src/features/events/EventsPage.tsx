// Every event as a list: search and filters on the service, as many as there are.
import { Button, Card, Group, MultiSelect, Skeleton, Stack, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { CalendarSearch, Plus, Search } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { canWrite, useCalendarCalled } from "@/api/calendars";
import { $api, api } from "@/api/client";
import { useWaiting } from "@/api/offline/queue";
import type { Event } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { localZone } from "@/lib/time";
import { addDays, instantOf, isDay, isZone, todayIn, wallAt } from "@/lib/wall";
import { announce } from "@/ui/announce";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { May } from "@/ui/May";
import { PageHeader } from "@/ui/PageHeader";
import { EventDrawer, useEventDrawer } from "./editor/EventDrawer";
import { EventTable } from "./list/EventTable";
import { ExportMenu } from "./list/ExportMenu";
import { SelectionBar } from "./list/SelectionBar";
import { useCalendars } from "./queries";
import type { EventsSearch } from "./search";
import { byStart, overlay } from "./waiting";

/** `from` of the address: absent is today, `any` is no limit. */
const ANY = "any";

export function EventsPage() {
  const search = useSearch({ from: "/inside/events" });
  const navigate = useNavigate();
  const client = useClientScope();
  const drawer = useEventDrawer();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // Which search everything was selected of: another search has another everything.
  const [allOf, setAllOf] = useState<string | null>(null);
  const select = (ids: ReadonlySet<string>) => {
    setAllOf(null);
    setSelected(ids);
  };
  const [text, setText] = useState(search.q ?? "");
  const { calendars } = useCalendars(client);
  const called = useCalendarCalled(calendars);
  const clientQuery = $api.useQuery(
    "get",
    "/api/v1/clients/{id}",
    { params: { path: { id: client ?? "" } } },
    { enabled: client !== undefined, staleTime: 60_000 },
  );
  const wanted = clientQuery.data?.time_zone;
  const zone = wanted && isZone(wanted) ? wanted : localZone();
  const byId = useMemo(() => new Map(calendars?.map((one) => [one.id, one])), [calendars]);

  const go = (change: Partial<EventsSearch>) =>
    void navigate({
      to: ".",
      search: ((old: object) => ({ ...old, ...change })) as never,
      replace: true,
      resetScroll: false,
    });
  const find = useDebouncedCallback((q: string) => go({ q: q.trim() || undefined }), 250);

  const from = search.from === ANY ? undefined : isDay(search.from) ? search.from : todayIn(zone);
  const to = isDay(search.to) ? search.to : undefined;
  const instants = useMemo(
    () => ({
      from: from && instantOf(wallAt(from, "00:00"), zone),
      to: to && instantOf(wallAt(addDays(to, 1), "00:00"), zone),
    }),
    [from, to, zone],
  );
  const query = { client_id: client, calendar_id: search.calendars?.split(","), q: search.q, ...instants };
  const list = useInfiniteQuery({
    queryKey: ["get", "/api/v1/events", "list", query],
    queryFn: async ({ pageParam, signal }) => {
      const { data } = await api.GET("/api/v1/events", { params: { query: { ...query, ...pageParam } }, signal });
      if (!data) throw new Error("empty answer");
      return data;
    },
    // The first page comes quickly; who scrolls on wants many, and a refresh asks for every page again.
    initialPageParam: { limit: 200, cursor: undefined as string | undefined },
    getNextPageParam: (page) => (page.next_cursor ? { limit: 1000, cursor: page.next_cursor } : undefined),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const entries = useWaiting();
  const events = useMemo(() => {
    const read = list.data?.pages.flatMap((page) => page.data) ?? [];
    if (entries.length === 0) return read;
    const calendarIds = search.calendars?.split(",");
    const here = entries.filter((one) => one.kind !== "create" || (calendarIds?.includes(one.calendarId) ?? true));
    return byStart(overlay(read, here, { ...instants, client, q: search.q, calendarOf: (id) => byId.get(id) }));
  }, [list.data, entries, instants, client, search.q, search.calendars, byId]);
  const [nearEnd, setNearEnd] = useState(false);
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = list;
  useEffect(() => {
    // After a failure people decide when to try again.
    if (nearEnd && hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [nearEnd, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
  const settled = !list.isFetching && list.data !== undefined;
  useEffect(() => {
    if (settled) announce(`${events.length}${hasNextPage ? " or more" : ""} events found`);
  }, [settled, events.length, hasNextPage]);

  const calendarOf = useCallback((event: Event) => byId.get(event.calendar_id), [byId]);
  const canDelete = useCallback((event: Event) => canWrite(byId.get(event.calendar_id)), [byId]);
  const filtered = Boolean(search.q || search.calendars || search.from || search.to);
  const chosen = events.filter((one) => selected.has(one.id));
  const writable = useMemo(() => events.filter(canDelete), [events, canDelete]);
  const clear = () => {
    setText("");
    go({ q: undefined, from: undefined, to: undefined, calendars: undefined });
  };
  return (
    <Stack gap="sm">
      <PageHeader
        title="Events"
        description={
          <>
            Times in <b>{zone.replaceAll("_", " ")}</b>. A series is one row.
          </>
        }
        help="events"
      >
        <ExportMenu filter={query} />
        <May scope="events:write">
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => drawer.open({ event: "new" })}>
            New event
          </Button>
        </May>
      </PageHeader>
      <Group gap="xs" align="flex-end" role="search">
        <TextInput
          label="Search"
          placeholder="Title, place, description, guest"
          leftSection={<Search size={16} aria-hidden />}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            find(event.currentTarget.value);
          }}
          style={{ flex: "2 1 14rem" }}
        />
        <MultiSelect
          label="Calendars"
          placeholder={search.calendars ? undefined : "All"}
          searchable
          clearable
          data={calendars?.map((one) => ({ value: one.id, label: called(one) })) ?? []}
          value={search.calendars?.split(",") ?? []}
          onChange={(ids) => go({ calendars: ids.length > 0 ? ids.join(",") : undefined })}
          style={{ flex: "2 1 12rem" }}
        />
        <TextInput
          type="date"
          label="From"
          value={from ?? ""}
          onChange={(event) => go({ from: event.currentTarget.value || ANY })}
          style={{ flex: "1 1 9rem" }}
        />
        <TextInput
          type="date"
          label="To"
          value={to ?? ""}
          min={from}
          onChange={(event) => go({ to: event.currentTarget.value || undefined })}
          style={{ flex: "1 1 9rem" }}
        />
        <Button variant="default" onClick={() => go({ from: search.from === ANY ? undefined : ANY })}>
          {search.from === ANY ? "From today" : "Past too"}
        </Button>
      </Group>
      {chosen.length > 0 && (
        <SelectionBar
          chosen={chosen}
          filter={query}
          all={allOf === JSON.stringify(query)}
          mayTakeAll={hasNextPage && writable.length > 0 && writable.every((one) => selected.has(one.id))}
          onTakeAll={() => setAllOf(JSON.stringify(query))}
          onSelect={select}
        />
      )}
      {list.error && !list.data ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <Card aria-busy="true" aria-label="Loading events">
          <Stack>
            {[0, 1, 2, 3, 4, 5].map((row) => (
              <Skeleton key={row} h={36} />
            ))}
          </Stack>
        </Card>
      ) : events.length === 0 ? (
        <EmptyState
          icon={CalendarSearch}
          title={filtered ? "Nothing matches" : "No event from today on"}
          body={filtered ? "Try other words, other days or all calendars." : "Make one, or look at past ones too."}
        >
          <Group>
            {filtered && (
              <Button variant="default" onClick={clear}>
                Clear the filters
              </Button>
            )}
            {!filtered && (
              <Button variant="default" onClick={() => go({ from: ANY })}>
                Show past events
              </Button>
            )}
          </Group>
        </EmptyState>
      ) : (
        <Card padding={0}>
          <EventTable
            events={events}
            zone={zone}
            calendarOf={calendarOf}
            canDelete={canDelete}
            selected={selected}
            onSelect={select}
            onOpen={(event) => drawer.open({ event: event.id })}
            stale={list.isPlaceholderData}
            more={hasNextPage}
            onNearEnd={setNearEnd}
          />
          {list.isFetchNextPageError && <Failure error={list.error} onRetry={() => void list.fetchNextPage()} />}
          {list.hasNextPage && (
            <Group justify="center" p="sm">
              <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show more
              </Button>
            </Group>
          )}
        </Card>
      )}
      <EventDrawer />
    </Stack>
  );
}
