// Who is signed in. `null` means nobody.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useClientScope } from "@/lib/client-scope";
import { api, rememberToken } from "./client";
import { isOffline, toApiError } from "./error";
import { mayDo, type Where } from "./may";
import { recallSession } from "./offline/keep";
import type { Me } from "./types";

export const sessionQuery = queryOptions({
  queryKey: ["session"] as const,
  queryFn: async (): Promise<Me | null> => {
    try {
      const { data } = await api.GET("/api/v1/auth/me", { signal: AbortSignal.timeout(15_000) });
      rememberToken(data ?? null);
      return data ?? null;
    } catch (error) {
      if (toApiError(error).status === 401) return null;
      // Without a connection whoever was signed in last reads on; the service decides again when it answers.
      const kept = isOffline(error) ? await recallSession() : null;
      if (kept) return kept;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});

/** Who is signed in, for components inside the shell; `null` for the moment of signing out. */
export const useMe = (): Me | null => useQuery(sessionQuery).data ?? null;

/** Whether the signed-in person may do what the scope names: with this client, else with the one that is chosen, else with any. */
export function useMay(scope: string, where: Where = {}): boolean {
  const chosen = useClientScope();
  return mayDo(useMe(), scope, { client: chosen, ...where });
}
