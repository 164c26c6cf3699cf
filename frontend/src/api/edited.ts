// What an editor begins with: the thing as it is now, and the tag that guards against overwriting somebody else's change.
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { ApiError, toApiError } from "./error";

export interface Edited<T> {
  now: T;
  etag: string | null;
}

/** Reads anew whenever an editor opens, and leaves alone what somebody is typing. */
export function useEdited<T>(id: string, load: () => Promise<{ data?: T; response: Response }>) {
  const query = useQuery({
    queryKey: ["edited", id],
    queryFn: async (): Promise<Edited<T>> => {
      const { data, response } = await load();
      if (data === undefined) throw new Error("empty answer");
      return { now: data, etag: response.headers.get("etag") };
    },
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const fresh = query.data && !(query.isFetching && !query.isFetchedAfterMount) ? query.data : undefined;
  return { edited: fresh, error: query.error, retry: () => void query.refetch() };
}

/**
 * Sends a change for the version that was read. Somebody was faster: that is said once, what was typed stays, and saving
 * again puts it on top of theirs.
 */
export function useGuard(etag: string | null | undefined) {
  const read = useRef(etag);
  const tag = useRef(etag);
  // Read again since, as after saving another part of the same thing.
  if (read.current !== etag) {
    read.current = etag;
    tag.current = etag;
  }
  return async <T>(send: (headers: Record<string, string>) => Promise<T>): Promise<T> => {
    try {
      return await send(tag.current ? { "If-Match": tag.current } : {});
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.status !== 412) throw error;
      tag.current = null;
      const { code, status, title, detail, requestId, current } = error;
      const action = "What you entered is still here; save again to put it in place of theirs.";
      throw new ApiError({ code, status, title, detail, action, request_id: requestId ?? undefined, current });
    }
  };
}

/** Only what differs, so that somebody else's change of another field stays. */
export function changes<T extends object>(before: T, after: T): Partial<T> {
  const differs = ([key, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof T]);
  return Object.fromEntries(Object.entries(after).filter(differs)) as Partial<T>;
}

/** Text of a field, or nothing. */
export const orNull = (text: string): string | null => text.trim() || null;
