// What is done to a booking, always for the version that was seen.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { type ApiError, toApiError } from "@/api/error";
import type { Booking } from "@/api/types";
import { announce } from "@/ui/announce";
import { bookingQuery, bookingsChanged, type Version } from "./queries";

/** On whose behalf: the business may at any time, the customer by the policy unless somebody allows it all the same. */
export interface Behalf {
  by_customer: boolean;
  override: boolean;
}

export type Act =
  | { kind: "confirm" | "complete" | "no-show" | "undo" }
  | ({ kind: "reschedule"; start: string; staff_ids: string[] } & Behalf)
  | { kind: "reassign"; staff_ids: string[] }
  | ({ kind: "cancel"; reason: string | null } & Behalf)
  | { kind: "settle"; keep: "booking" | "event" }
  | {
      kind: "edit";
      body: { customer_id?: string | null; notes_shared?: string | null; notes_private?: string | null };
    };

/** A row of a list has no tag with it, but its version. */
export const versionOf = (booking: Booking): Version => ({ booking, etag: `"${booking.revision}"` });

export async function perform({ booking, etag }: Version, act: Act): Promise<Version> {
  const params = { path: { id: booking.id }, header: { "If-Match": etag } };
  const send = () => {
    switch (act.kind) {
      case "confirm":
        return api.POST("/api/v1/bookings/{id}/confirm", { params });
      case "complete":
        return api.POST("/api/v1/bookings/{id}/complete", { params });
      case "no-show":
        return api.POST("/api/v1/bookings/{id}/no-show", { params });
      case "reschedule": {
        const { kind: _, ...body } = act;
        return api.POST("/api/v1/bookings/{id}/reschedule", { params, body });
      }
      case "reassign":
        return api.POST("/api/v1/bookings/{id}/reassign", { params, body: { staff_ids: act.staff_ids } });
      case "cancel": {
        const { kind: _, ...body } = act;
        return api.POST("/api/v1/bookings/{id}/cancel", { params, body });
      }
      case "settle":
        return api.POST("/api/v1/bookings/{id}/settle", { params, body: { keep: act.keep } });
      case "undo":
        return api.POST("/api/v1/bookings/{id}/undo", { params });
      case "edit":
        return api.PATCH("/api/v1/bookings/{id}", {
          params: { path: { id: booking.id }, header: { "If-Match": etag ?? "*" } },
          body: act.body,
        });
    }
  };
  const { data, response } = await send();
  if (!data) throw new Error("empty answer");
  return { booking: data, etag: response.headers.get("etag") };
}

const isBooking = (value: unknown): value is Booking =>
  typeof value === "object" && value !== null && "id" in value && "revision" in value;

/**
 * Acts on a booking that is on the screen. Somebody was faster: the booking is shown as it is now, what was refused is
 * said, and the same again goes on top of theirs.
 */
export function useAct(seen: Version) {
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Act["kind"] | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const run = async (act: Act, told: string): Promise<boolean> => {
    setDoing(act.kind);
    setFailure(null);
    const { queryKey } = bookingQuery(seen.booking.id);
    try {
      queries.setQueryData(queryKey, await perform(seen, act));
      announce(told);
      return true;
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.status === 412 && isBooking(error.current)) queries.setQueryData(queryKey, versionOf(error.current));
      setFailure(error);
      return false;
    } finally {
      setDoing(null);
      void bookingsChanged(queries);
    }
  };
  return { run, doing, failure, forget: () => setFailure(null) };
}
