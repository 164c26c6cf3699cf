// Who is signed in. `null` means nobody.
import { queryOptions } from "@tanstack/react-query";
import { api, rememberToken } from "./client";
import { toApiError } from "./error";
import type { Me } from "./types";

export const sessionQuery = queryOptions({
  queryKey: ["session"] as const,
  queryFn: async (): Promise<Me | null> => {
    try {
      const { data } = await api.GET("/api/v1/auth/me");
      rememberToken(data ?? null);
      return data ?? null;
    } catch (error) {
      if (toApiError(error).status === 401) return null;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});
