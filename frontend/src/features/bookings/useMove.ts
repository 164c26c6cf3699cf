// A booking put down at another time or with somebody else: shown at once, taken back when the service refuses.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type ApiError, toApiError } from "@/api/error";
import type { Booking } from "@/api/types";
import { notifyFailure, notifyUndo } from "@/ui/notify";
import { perform, versionOf } from "./actions";
import { bookingsChanged, changeOnScreen, type Version } from "./queries";
import { moment } from "./words";

export interface Place {
  start: string;
  staff: Booking["staff"];
}

export interface Refusal {
  booking: Booking;
  to: Place;
  error: ApiError;
}

const at = (booking: Booking, { start, staff }: Place): Booking => {
  const length = Date.parse(booking.end) - Date.parse(booking.start);
  return { ...booking, start, end: new Date(Date.parse(start) + length).toISOString(), staff };
};
const sameTime = (a: string, b: string) => Date.parse(a) === Date.parse(b);

function write(seen: Version, { start, staff }: Place): Promise<Version> {
  const staff_ids = staff.map((one) => one.id);
  return sameTime(seen.booking.start, start)
    ? perform(seen, { kind: "reassign", staff_ids })
    : perform(seen, { kind: "reschedule", start, staff_ids, by_customer: false, override: false });
}

export function useMove(zone: string) {
  const queries = useQueryClient();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const move = async (booking: Booking, to: Place) => {
    const before: Place = { start: booking.start, staff: booking.staff };
    const same = to.staff.every((one, index) => one.id === booking.staff[index]?.id);
    setRefusal(null);
    if (same && sameTime(booking.start, to.start)) return;
    const rollback = await changeOnScreen(queries, at(booking, to));
    try {
      const after = await write(versionOf(booking), to);
      await changeOnScreen(queries, after.booking);
      const told = `${booking.service_name} is now ${moment(after.booking, zone)}, ${to.staff.map((one) => one.name).join(", ")}.`;
      notifyUndo(told, () =>
        write(after, before)
          .catch(notifyFailure)
          .finally(() => bookingsChanged(queries)),
      );
    } catch (thrown) {
      rollback();
      setRefusal({ booking, to, error: toApiError(thrown) });
    }
    await bookingsChanged(queries);
  };
  return { move, refusal, forget: () => setRefusal(null) };
}
