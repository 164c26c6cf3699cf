// What clients are called and where they live, for lists that hold things of several.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "./client";
import { every } from "./query";
import type { Client } from "./types";

/** Every client, the archived ones too. */
const clientsQuery = queryOptions({
  queryKey: ["get", "/api/v1/clients", "every"] as const,
  queryFn: ({ signal }): Promise<Client[]> =>
    every((cursor) => api.GET("/api/v1/clients", { params: { query: { state: "all", limit: 500, cursor } }, signal })),
  staleTime: 60_000,
});
const names = (all: Client[]) => new Map(all.map((one) => [one.id, one.name]));
const zones = (all: Client[]) => new Map(all.map((one) => [one.id, one.time_zone]));

/** Names by id. */
export const useClientNames = (enabled = true) => useQuery({ ...clientsQuery, select: names, enabled });

/** The time zones of clients by id. */
export const useClientZones = () => useQuery({ ...clientsQuery, select: zones }).data;
