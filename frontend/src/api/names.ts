// What clients are called, for lists that hold things of several.
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
