// Which client everything on screen belongs to. It lives in the address (`?client=`), so links and the back button keep it.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { recall, remember } from "./storage";

const KEY = "cs.client";

/** The chosen client's id; `undefined` means all clients. */
export function useClientScope(): string | undefined {
  return (useSearch({ strict: false }) as { client?: string }).client;
}

/** Changes the chosen client and remembers it for the next visit. */
export function useSetClientScope(): (id: string | undefined) => void {
  const navigate = useNavigate();
  return useCallback(
    (id) => {
      remember(KEY, id ?? null);
      void navigate({ to: ".", search: ((previous: object) => ({ ...previous, client: id })) as never });
    },
    [navigate],
  );
}

/** The client chosen at the last visit. */
export const rememberedClient = (): string | undefined => recall(KEY) ?? undefined;
export const forgetClient = (): void => remember(KEY, null);
