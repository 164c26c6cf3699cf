// What the event pages ask the service for, and how answers on screen are changed before it has answered.
import { keepPreviousData, type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { calendarsQuery } from "@/api/calendars";
import { api } from "@/api/client";
import { pollEvery } from "@/api/live";
import { invalidate } from "@/api/query";
import type { Event, EventPage } from "@/api/types";
import { recallEvent, recallRange } from "./recalled";

/** The calendars whose events are shown. */
export function useCalendars(client: string | undefined) {
  const query = useQuery(calendarsQuery(client));
  return { ...query, calendars: query.data?.data.filter((one) => one.selected) };
}

/** Instants: `from` inclusive, `to` exclusive. */
export interface Range {
  from: string;
  to: string;
}

/** More than fit on a screen; beyond it the view says so instead of drawing forever. */
const LIMIT = 3_000;

async function readOccurrences(client: string | undefined, range: Range, signal: AbortSignal): Promise<EventPage> {
  let answer: EventPage | null = null;
  let cursor: string | undefined;
  do {
    const { data } = await api.GET("/api/v1/events", {
      params: { query: { client_id: client, ...range, expand: "instances", limit: 1000, cursor } },
      signal,
    });
    if (!data) throw new Error("empty answer");
    answer = answer ? { ...data, data: [...answer.data, ...data.data] } : data;
    cursor = data.next_cursor ?? undefined;
  } while (cursor && (answer?.data.length ?? 0) < LIMIT);
  return answer as EventPage;
}

/** Events of a range with every occurrence on its own. */
export const occurrencesQuery = (client: string | undefined, range: Range) =>
  queryOptions({
    queryKey: ["get", "/api/v1/events", "occurrences", client ?? null, range] as const,
    queryFn: ({ signal }) => readOccurrences(client, range, signal),
    meta: { recall: () => recallRange(client, range) },
    staleTime: 15_000,
    refetchInterval: pollEvery,
    placeholderData: keepPreviousData,
  });

/** One event with its version; for an occurrence also the lines of its series. */
export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ["get", "/api/v1/events/one", id] as const,
    queryFn: async ({ signal }): Promise<{ event: Event; lines: string[] }> => {
      const { data: event } = await api.GET("/api/v1/events/{id}", { params: { path: { id } }, signal });
      if (!event) throw new Error("empty answer");
      if (!event.recurring_event_id) return { event, lines: event.recurrence };
      const { data: series } = await api.GET("/api/v1/events/{id}", {
        params: { path: { id: event.recurring_event_id } },
        signal,
      });
      return { event, lines: series?.recurrence ?? [] };
    },
    meta: { recall: () => recallEvent(id), still: true },
    // Somebody edits it: a background refresh must not change what they see.
    staleTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** After a write: everything that shows events is out of date. */
export const eventsChanged = (queries: QueryClient): Promise<void> =>
  invalidate(queries, "/api/v1/events", "/api/v1/dashboard", "/api/v1/calendars");

const onScreen = {
  predicate: ({ queryKey }: { queryKey: readonly unknown[] }) =>
    queryKey[1] === "/api/v1/events" && queryKey[2] === "occurrences",
};

/** Changes one event in every view at once. Returns the way back. */
export async function changeOnScreen(
  queries: QueryClient,
  id: string,
  change: (event: Event) => Event | null,
): Promise<() => void> {
  await queries.cancelQueries(onScreen);
  const before = queries.getQueriesData<EventPage>(onScreen);
  queries.setQueriesData<EventPage>(
    onScreen,
    (old) => old && { ...old, data: old.data.flatMap((one) => (one.id === id ? (change(one) ?? []) : [one])) },
  );
  return () => {
    for (const [key, data] of before) queries.setQueryData(key, data);
  };
}

export const isRecurring = (event: Pick<Event, "recurring_event_id" | "recurrence">): boolean =>
  event.recurring_event_id !== null || event.recurrence.length > 0;
