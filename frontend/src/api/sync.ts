// What the service says about its exchanges with providers: the questions that several places ask.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { toApiError } from "./error";
import { pollEvery } from "./live";
import type { Conflict, Event, EventIn, Mapping, Quota, SyncLogEntry } from "./types";

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export type By = "hour" | "day";
export interface LogFilter {
  calendar_id?: string;
  direction?: SyncLogEntry["direction"];
  outcome?: SyncLogEntry["outcome"];
}

/** A list that comes in pages. `ask` asks for one of them. */
const pages = <T>(
  path: string,
  query: object,
  ask: (page: { limit: number; cursor?: string }, signal: AbortSignal) => Promise<{ data?: Page<T> }>,
) =>
  infiniteQueryOptions({
    queryKey: ["get", path, query] as const,
    queryFn: async ({ pageParam: cursor, signal }): Promise<Page<T>> => {
      const { data } = await ask({ limit: 50, cursor }, signal);
      if (!data) throw new Error("empty answer");
      return data;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 5_000,
    refetchInterval: pollEvery,
  });

export type PagesQuery<T> = ReturnType<typeof pages<T>>;

export const mappingsQuery = (client_id: string | undefined, state: Mapping["state"]) =>
  pages<Mapping>("/api/v1/mappings", { client_id, state }, (page, signal) =>
    api.GET("/api/v1/mappings", { params: { query: { client_id, state, ...page } }, signal }),
  );
export const conflictsQuery = (client_id: string | undefined, state: Conflict["state"]) =>
  pages<Conflict>("/api/v1/conflicts", { client_id, state }, (page, signal) =>
    api.GET("/api/v1/conflicts", { params: { query: { client_id, state, ...page } }, signal }),
  );
export const logQuery = (client_id: string | undefined, filter: LogFilter) =>
  pages<SyncLogEntry>("/api/v1/sync-log", { client_id, ...filter }, (page, signal) =>
    api.GET("/api/v1/sync-log", { params: { query: { client_id, ...filter, ...page } }, signal }),
  );
export const quotaQuery = (client_id: string | undefined) =>
  pages<Quota>("/api/v1/quota", { client_id }, (page, signal) =>
    api.GET("/api/v1/quota", { params: { query: { client_id, ...page } }, signal }),
  );

export const summaryQuery = (client_id: string | undefined, by: By) =>
  queryOptions({
    queryKey: ["get", "/api/v1/sync-log/summary", client_id ?? null, by] as const,
    queryFn: async ({ signal }) => {
      const { data } = await api.GET("/api/v1/sync-log/summary", { params: { query: { client_id, by } }, signal });
      if (!data) throw new Error("empty answer");
      return data;
    },
    staleTime: 30_000,
  });

/** The open conflict about an event, if there is one. */
export const conflictOfQuery = (event: Pick<Event, "id" | "recurring_event_id">) =>
  queryOptions({
    queryKey: ["get", "/api/v1/conflicts", "of", event.id] as const,
    queryFn: async ({ signal }): Promise<Conflict | null> => {
      // Of an occurrence, or of the whole series.
      for (const event_id of [event.id, event.recurring_event_id]) {
        if (!event_id) continue;
        const params = { query: { event_id, state: "open" as const } };
        const [found] = (await api.GET("/api/v1/conflicts", { params, signal })).data?.data ?? [];
        if (found) return found;
      }
      return null;
    },
  });

/** The change of an event that failed or was stopped, if there is one. */
export const failedOfQuery = (event: Pick<Event, "id" | "recurring_event_id" | "calendar_id">) =>
  queryOptions({
    queryKey: ["get", "/api/v1/mappings", "of", event.id] as const,
    queryFn: async ({ signal }): Promise<Mapping | null> => {
      const query = { calendar_id: event.calendar_id, state: "failed" as const, limit: 500 };
      const all = (await api.GET("/api/v1/mappings", { params: { query }, signal })).data?.data ?? [];
      const about = (id: string | null) => all.find((one) => one.event_id === id);
      return about(event.id) ?? about(event.recurring_event_id) ?? null;
    },
  });

/** How far a change is; `null`: it is at the provider, or was discarded. */
export async function mappingNow(id: string): Promise<Mapping | null> {
  try {
    return (await api.GET("/api/v1/mappings/{id}", at(id))).data ?? null;
  } catch (error) {
    if (toApiError(error).status === 404) return null;
    throw error;
  }
}

const at = (id: string) => ({ params: { path: { id } } });
export const retryMapping = (id: string) => api.POST("/api/v1/mappings/{id}/retry", at(id));
export const discardMapping = (id: string) => api.POST("/api/v1/mappings/{id}/discard", at(id));
export const resolveConflict = (id: string, resolution: "mine" | "theirs" | "merge", event?: EventIn) =>
  api.POST("/api/v1/conflicts/{id}/resolve", { ...at(id), body: event ? { resolution, event } : { resolution } });
