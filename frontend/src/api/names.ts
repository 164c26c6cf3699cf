// What clients are called and where they live, for lists that hold things of several.
import { useQuery } from "@tanstack/react-query";
import { api } from "./client";

/** Names by id; of archived clients too. */
export function useClientNames(enabled = true) {
  return useQuery({
    queryKey: ["get", "/api/v1/clients", "names"],
    queryFn: async ({ signal }) => {
      const { data } = await api.GET("/api/v1/clients", { params: { query: { state: "all", limit: 500 } }, signal });
      return new Map(data?.data.map((one) => [one.id, one.name]));
    },
    staleTime: 60_000,
    enabled,
  });
}

/** The time zones of clients by id. */
export function useClientZones() {
  return useQuery({
    queryKey: ["get", "/api/v1/clients", "zones"],
    queryFn: async ({ signal }) => {
      const zones = new Map<string, string>();
      let cursor: string | undefined;
      do {
        const query = { state: "all" as const, limit: 500, cursor };
        const { data } = await api.GET("/api/v1/clients", { params: { query }, signal });
        for (const one of data?.data ?? []) zones.set(one.id, one.time_zone);
        cursor = data?.next_cursor ?? undefined;
      } while (cursor);
      return zones;
    },
    staleTime: 60_000,
  }).data;
}
