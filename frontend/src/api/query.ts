// How answers are kept: one cache for the whole application.
import { MutationCache, QueryClient } from "@tanstack/react-query";
import { isOffline, toApiError } from "./error";
import type { Recalled } from "./offline/keep";

declare module "@tanstack/react-query" {
  interface Register {
    /** `handled`: the caller shows the failure itself (a form, a dialog). */
    mutationMeta: { handled?: boolean };
    /** `recall`: where else, without a connection, what was read before may lie. `still`: somebody edits it, do not refresh. */
    queryMeta: { recall?: () => Promise<Recalled<unknown> | null>; still?: boolean };
  }
}

/** @param onFailure shows a failed mutation that nobody else shows. */
export function createQueries(onFailure: (error: unknown) => void): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        gcTime: 30 * 60_000,
        // The browser may call a loopback or a local network offline: always ask, and let the answer decide.
        networkMode: "always",
        refetchOnReconnect: true,
        retry: (count, error) => count < 2 && toApiError(error).retryable && !isOffline(error),
        retryDelay: (attempt, error) =>
          (toApiError(error).retryAfterSeconds ?? 0) * 1000 || Math.min(500 * 2 ** attempt, 8_000),
      },
      mutations: { retry: false, networkMode: "always" },
    },
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        if (!mutation.meta?.handled) onFailure(error);
      },
    }),
  });
}

interface Pages<T> {
  data: T[];
  next_cursor: string | null;
}

/** All pages of a list. */
export async function every<T>(ask: (cursor: string | undefined) => Promise<{ data?: Pages<T> }>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await ask(cursor);
    all.push(...(data?.data ?? []));
    cursor = data?.next_cursor ?? undefined;
  } while (cursor);
  return all;
}

/** Marks every answer below the given paths as out of date, e.g. `invalidate(queries, "/api/v1/clients")`. */
export function invalidate(queries: QueryClient, ...prefixes: string[]): Promise<void> {
  return queries.invalidateQueries({
    predicate: ({ queryKey }) =>
      typeof queryKey[1] === "string" && prefixes.some((p) => String(queryKey[1]).startsWith(p)),
  });
}

/** As `invalidate`, for what happens behind people's backs: what somebody edits just now stays as it is on the screen. */
export function refresh(queries: QueryClient, ...prefixes: string[]): Promise<void> {
  return queries.invalidateQueries({
    predicate: (query) =>
      !(query.meta?.still && query.isActive()) && prefixes.some((p) => String(query.queryKey[1] ?? "").startsWith(p)),
  });
}
