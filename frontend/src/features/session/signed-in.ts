import type { QueryClient } from "@tanstack/react-query";
import type { AnyRouter } from "@tanstack/react-router";
import { rememberToken } from "@/api/client";
import { sessionQuery } from "@/api/session";
import type { Me } from "@/api/types";

/** Only addresses of this application: a return path must not lead elsewhere. */
export const safeReturn = (path: string | undefined): string =>
  path?.startsWith("/") && !/^\/[/\\]/.test(path) && !path.startsWith("/login") ? path : "/";

/** Takes over a fresh session and goes where the person wanted to go. */
export async function signedIn(
  queries: QueryClient,
  router: AnyRouter,
  me: Me | undefined,
  back?: string,
): Promise<void> {
  rememberToken(me ?? null);
  queries.setQueryData(sessionQuery.queryKey, me ?? null);
  router.history.push(safeReturn(back));
}
