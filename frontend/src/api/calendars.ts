// Every calendar there is, for pages that choose among them or name them.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "./client";
import type { Calendar } from "./types";

/** Every calendar of the client (all clients without one). */
export const calendarsQuery = (client: string | undefined) =>
  queryOptions({
    queryKey: ["get", "/api/v1/calendars", "all", client ?? null] as const,
    queryFn: async ({ signal }): Promise<{ data: Calendar[] }> => {
      const all: Calendar[] = [];
      let cursor: string | undefined;
      do {
        const query = { client_id: client, limit: 500, cursor };
        const { data } = await api.GET("/api/v1/calendars", { params: { query }, signal });
        all.push(...(data?.data ?? []));
        cursor = data?.next_cursor ?? undefined;
      } while (cursor);
      return { data: all };
    },
    staleTime: 30_000,
  });

export const canWrite = (calendar: Calendar | undefined): boolean =>
  calendar?.access_role === "owner" || calendar?.access_role === "writer";

/** The calendars that are synced and may be written to, for choosing one. */
export function useWritableCalendars(client: string | undefined): Calendar[] | undefined {
  const { data } = useQuery(calendarsQuery(client));
  return data?.data.filter((one) => one.selected && canWrite(one));
}

/** What calendars are called; one that is gone or not to be seen has no name. */
export function useCalendarNames(): (id: string) => string {
  const { data } = useQuery(calendarsQuery(undefined));
  return useMemo(() => {
    const names = new Map(data?.data.map((one) => [one.id, one.name]));
    return (id: string) => names.get(id) ?? "a calendar";
  }, [data]);
}
