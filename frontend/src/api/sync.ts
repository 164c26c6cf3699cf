// What the service says about its exchanges with providers. The one place that knows how it is asked.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { Event, EventIn, Provider, Quota } from "./types";

/** A change that the service promised to a provider. */
export interface Mapping {
  id: string;
  event_id: string;
  calendar_id: string;
  client_id: string;
  provider: Provider;
  title: string;
  action: "create" | "update" | "delete";
  state: "pending" | "failed";
  attempts: number;
  detail: string | null;
  code: string | null;
  created_at: string;
  updated_at: string;
}

export interface Conflict {
  id: string;
  event_id: string;
  calendar_id: string;
  client_id: string;
  title: string;
  kind: "fields" | "deleted_there" | "deleted_here";
  /** `time` for start and end. */
  fields: string[];
  base: EventIn;
  /** Null: deleted here. */
  ours: EventIn | null;
  /** Null: deleted at the provider. */
  theirs: EventIn | null;
  state: "open" | "resolved";
  resolution: "mine" | "theirs" | "merge" | null;
  created_at: string;
  resolved_at: string | null;
}

export interface SyncLogEntry {
  id: string;
  client_id: string;
  calendar_id: string;
  event_id: string | null;
  provider: Provider;
  direction: "in" | "out";
  action: string;
  outcome: "ok" | "retry" | "refused" | "conflict";
  code: string | null;
  detail: string | null;
  attempts: number;
  took_ms: number;
  lag_ms: number | null;
  at: string;
}

interface Percentiles {
  p50: number | null;
  p95: number | null;
}

export interface SyncFigures {
  start: string;
  provider: Provider;
  ok: number;
  failed: number;
  quiet: number;
  success_rate: number;
  took_ms: Percentiles;
  lag_ms: Percentiles;
}

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

// These paths come with the next version of the document; until then the client is asked without its types.
type Loose = (path: string, init?: object) => Promise<{ data?: unknown }>;
const get = api.GET as unknown as Loose;
const post = api.POST as unknown as Loose;

function pages<T>(path: string, query: object) {
  return infiniteQueryOptions({
    queryKey: ["get", path, query] as const,
    queryFn: async ({ pageParam, signal }): Promise<Page<T>> =>
      (await get(path, { params: { query: { ...query, limit: 50, cursor: pageParam } }, signal })).data as Page<T>,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 5_000,
    refetchInterval: 30_000,
  });
}

export type PagesQuery<T> = ReturnType<typeof pages<T>>;

export const mappingsQuery = (client: string | undefined, state: Mapping["state"]) =>
  pages<Mapping>("/api/v1/mappings", { client_id: client, state });
export const conflictsQuery = (client: string | undefined, state: Conflict["state"]) =>
  pages<Conflict>("/api/v1/conflicts", { client_id: client, state });
export const logQuery = (client: string | undefined, filter: LogFilter) =>
  pages<SyncLogEntry>("/api/v1/sync-log", { client_id: client, ...filter });
export const quotaQuery = (client: string | undefined) => pages<Quota>("/api/v1/quota", { client_id: client });

export const summaryQuery = (client: string | undefined, by: By) =>
  queryOptions({
    queryKey: ["get", "/api/v1/sync-log/summary", client ?? null, by] as const,
    queryFn: async ({ signal }) => {
      const params = { query: { client_id: client, by } };
      return (await get("/api/v1/sync-log/summary", { params, signal })).data as { by: By; data: SyncFigures[] };
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
        const answer = await get("/api/v1/conflicts", { params: { query: { event_id, state: "open" } }, signal });
        const [found] = (answer.data as Page<Conflict>).data;
        if (found) return found;
      }
      return null;
    },
  });

const at = (id: string) => ({ params: { path: { id } } });
export const retryMapping = (id: string) => post("/api/v1/mappings/{id}/retry", at(id));
export const discardMapping = (id: string) => post("/api/v1/mappings/{id}/discard", at(id));
export const resolveConflict = (id: string, resolution: "mine" | "theirs" | "merge", event?: EventIn) =>
  post("/api/v1/conflicts/{id}/resolve", { ...at(id), body: event ? { resolution, event } : { resolution } });
