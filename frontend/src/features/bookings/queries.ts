// What the pages of bookings ask the service for, and how answers on screen are changed before it has answered.
import { keepPreviousData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { $api, api } from "@/api/client";
import { pollEvery } from "@/api/live";
import { invalidate } from "@/api/query";
import type { Booking, Closure, Service, Staff, WorkingHours } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { localZone } from "@/lib/time";
import { addDays, instantOf, isZone, wallAt } from "@/lib/wall";
import type { BookingsSearch } from "./search";

/** Instants: `from` inclusive, `to` exclusive. */
export interface Range {
  from: string;
  to: string;
}

/** All of a day on the clock of a zone. */
export const dayRange = (day: string, zone: string): Range => ({
  from: instantOf(wallAt(day, "00:00"), zone),
  to: instantOf(wallAt(addDays(day, 1), "00:00"), zone),
});

/** A booking with the tag of its version. */
export interface Version {
  booking: Booking;
  etag: string | null;
}

export const bookingQuery = (id: string) =>
  queryOptions({
    queryKey: ["get", "/api/v1/bookings/one", id] as const,
    queryFn: async ({ signal }): Promise<Version> => {
      const { data, response } = await api.GET("/api/v1/bookings/{id}", { params: { path: { id } }, signal });
      if (!data) throw new Error("empty answer");
      return { booking: data, etag: response.headers.get("etag") };
    },
    refetchInterval: pollEvery,
  });

interface Pages<T> {
  data: T[];
  next_cursor: string | null;
}

async function every<T>(ask: (cursor: string | undefined) => Promise<{ data?: Pages<T> }>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await ask(cursor);
    all.push(...(data?.data ?? []));
    cursor = data?.next_cursor ?? undefined;
  } while (cursor);
  return all;
}

/** Every booking that takes time within a range. */
export const takenQuery = (client_id: string | undefined, range: Range) =>
  queryOptions({
    queryKey: ["get", "/api/v1/bookings", "taken", client_id ?? null, range] as const,
    queryFn: ({ signal }): Promise<Booking[]> =>
      every((cursor) => {
        const status: Booking["status"][] = ["held", "pending", "confirmed", "completed", "no_show"];
        const query = { client_id, ...range, status, limit: 500, cursor };
        return api.GET("/api/v1/bookings", { params: { query }, signal });
      }),
    refetchInterval: pollEvery,
    placeholderData: keepPreviousData,
  });

const whole = { staleTime: 60_000 };
export const staffQuery = (client_id: string | undefined) =>
  queryOptions({
    queryKey: ["get", "/api/v1/staff", "every", client_id ?? null] as const,
    queryFn: ({ signal }): Promise<Staff[]> =>
      every((cursor) => api.GET("/api/v1/staff", { params: { query: { client_id, limit: 500, cursor } }, signal })),
    ...whole,
  });
export const servicesQuery = (client_id: string | undefined) =>
  queryOptions({
    queryKey: ["get", "/api/v1/services", "every", client_id ?? null] as const,
    queryFn: ({ signal }): Promise<Service[]> =>
      every((cursor) => api.GET("/api/v1/services", { params: { query: { client_id, limit: 500, cursor } }, signal })),
    ...whole,
  });
export const hoursQuery = (id: string) =>
  queryOptions({
    queryKey: ["get", "/api/v1/staff", "hours", id] as const,
    queryFn: async ({ signal }): Promise<WorkingHours> => {
      const { data } = await api.GET("/api/v1/staff/{id}/working-hours", { params: { path: { id } }, signal });
      if (!data) throw new Error("empty answer");
      return data;
    },
    ...whole,
  });
export const closuresQuery = (client_id: string | undefined) =>
  queryOptions({
    queryKey: ["get", "/api/v1/closures", "every", client_id ?? null] as const,
    queryFn: ({ signal }): Promise<Closure[]> =>
      every((cursor) => api.GET("/api/v1/closures", { params: { query: { client_id, limit: 500, cursor } }, signal })),
    ...whole,
  });

export const usePolicy = (client: string | undefined) =>
  $api.useQuery(
    "get",
    "/api/v1/clients/{id}/booking-policy",
    { params: { path: { id: client ?? "" } } },
    { enabled: client !== undefined, staleTime: 60_000 },
  ).data;

/** The zone in which a client lives; of all clients, where this browser is. */
export function useClientZone(client: string | undefined): string {
  const { data } = $api.useQuery(
    "get",
    "/api/v1/clients/{id}",
    { params: { path: { id: client ?? "" } } },
    { enabled: client !== undefined, staleTime: 60_000 },
  );
  return data && isZone(data.time_zone) ? data.time_zone : localZone();
}

/** The zone all times on the page are in: the one in the address, or the client's. */
export function useZone(): string {
  const { zone } = useSearch({ from: "/inside/bookings" });
  const own = useClientZone(useClientScope());
  return zone ?? own;
}

/** Changes the address of the page; `booking` has a way back. */
export function useGo() {
  const navigate = useNavigate({ from: "/bookings" });
  return (change: Partial<BookingsSearch>, replace = !("booking" in change)) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace, resetScroll: false });
}

/** After a write: everything that shows bookings, or free times, is out of date. */
export const bookingsChanged = (queries: QueryClient): Promise<void> =>
  invalidate(queries, "/api/v1/bookings", "/api/v1/availability", "/api/v1/dashboard");

const taken = {
  predicate: ({ queryKey }: { queryKey: readonly unknown[] }) =>
    queryKey[1] === "/api/v1/bookings" && queryKey[2] === "taken",
};

/** Shows a booking otherwise on every board at once. Returns the way back. */
export async function changeOnScreen(queries: QueryClient, changed: Booking): Promise<() => void> {
  await queries.cancelQueries(taken);
  const before = queries.getQueriesData<Booking[]>(taken);
  queries.setQueriesData<Booking[]>(taken, (old) => old?.map((one) => (one.id === changed.id ? changed : one)));
  return () => {
    for (const [key, data] of before) queries.setQueryData(key, data);
  };
}
