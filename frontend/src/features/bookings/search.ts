// What the address of the bookings page may carry. Unknown or odd values fall back to the default view.
import type { BookingStatus } from "@/api/types";
import { isDay, isZone } from "@/lib/wall";

export interface BookingsSearch {
  /** Without it the list. */
  view?: "board";
  /** A booking opened beside the page, or `new`. */
  booking?: string;
  q?: string;
  /** Days of the list; absent is from today, `any` is no limit. */
  from?: string;
  to?: string;
  staff?: string;
  status?: BookingStatus;
  /** Only those that somebody should look at. */
  flagged?: boolean;
  /** The day on the board, and of a new booking. */
  date?: string;
  /** IANA zone of the display. */
  zone?: string;
}

/** `from` of the address: without a limit. */
export const ANY = "any";
export const statuses: BookingStatus[] = [
  "held",
  "pending",
  "confirmed",
  "completed",
  "no_show",
  "cancelled",
  "expired",
];

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const day = (value: unknown) => {
  const found = text(value);
  return isDay(found) ? found : undefined;
};

export function bookingsSearch(search: Record<string, unknown>): BookingsSearch {
  const zone = text(search.zone);
  return {
    view: search.view === "board" ? "board" : undefined,
    booking: text(search.booking),
    q: text(search.q),
    from: search.from === ANY ? ANY : day(search.from),
    to: day(search.to),
    staff: text(search.staff),
    status: statuses.find((one) => one === search.status),
    flagged: search.flagged === true || undefined,
    date: day(search.date),
    zone: zone && isZone(zone) ? zone : undefined,
  };
}
