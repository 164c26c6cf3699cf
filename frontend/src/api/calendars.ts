// Every calendar there is, for pages that choose among them or name them.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { api, signedInAs } from "./client";
import { mayDo } from "./may";
import { every } from "./query";
import type { Calendar, Credential } from "./types";

/** Every calendar of the client (all clients without one). */
export const calendarsQuery = (client: string | undefined) =>
  queryOptions({
    queryKey: ["get", "/api/v1/calendars", "all", client ?? null] as const,
    queryFn: async ({ signal }): Promise<{ data: Calendar[] }> => ({
      data: await every((cursor) =>
        api.GET("/api/v1/calendars", { params: { query: { client_id: client, limit: 500, cursor } }, signal }),
      ),
    }),
    staleTime: 30_000,
  });

/** Whether its account and its reader may write to it. */
export function canWrite(calendar: Calendar | undefined): boolean {
  if (calendar?.access_role !== "owner" && calendar?.access_role !== "writer") return false;
  const me = signedInAs();
  return me === null || mayDo(me, "events:write", { client: calendar.client_id });
}

/** The calendars that are synced and may be written to, for choosing one. */
export function useWritableCalendars(client: string | undefined): Calendar[] | undefined {
  const { data } = useQuery(calendarsQuery(client));
  return data?.data.filter((one) => one.selected && canWrite(one));
}

/** What calendars (of a client) are called; one that is gone or not to be seen has no name. */
export function useCalendarNames(client?: string): (id: string) => string {
  const { data } = useQuery(calendarsQuery(client));
  return useMemo(() => {
    const names = new Map(data?.data.map((one) => [one.id, one.name]));
    return (id: string) => names.get(id) ?? "a calendar";
  }, [data]);
}

/** Every account there is. */
const accountsQuery = queryOptions({
  queryKey: ["get", "/api/v1/credentials", "every"] as const,
  queryFn: ({ signal }): Promise<Credential[]> =>
    every((cursor) => api.GET("/api/v1/credentials", { params: { query: { limit: 500, cursor } }, signal })),
  staleTime: 60_000,
});

/** How to call each of these where people choose among them: each mailbox of Outlook has a “Calendar”. */
export function useCalendarCalled(calendars: readonly Calendar[] | undefined): (calendar: Calendar) => string {
  const twins = useMemo(() => {
    const seen = new Map<string, number>();
    for (const one of calendars ?? []) seen.set(place(one), (seen.get(place(one)) ?? 0) + 1);
    return new Set([...seen].filter(([, count]) => count > 1).map(([name]) => name));
  }, [calendars]);
  const me = signedInAs();
  const may = me === null || mayDo(me, "credentials:read");
  const { data: accounts } = useQuery({ ...accountsQuery, enabled: may && twins.size > 0 });
  return useCallback(
    (calendar: Calendar) => {
      const account = accounts?.find((one) => one.id === calendar.credential_id)?.account_email;
      return account && twins.has(place(calendar)) ? `${calendar.name} (${account})` : calendar.name;
    },
    [accounts, twins],
  );
}

const place = ({ client_id, name }: Calendar) => `${client_id} ${name}`;
