// What the address of the bookings page may carry. Unknown or odd values fall back to the default view.
import type { BookingStatus } from "@/api/types";

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
// The table of contents is in the first thing a browser loads; Temporal, which knows days and zones better, is not.
const day = (value: unknown) => {
  const found = text(value);
  return found && /^\d{4}-\d{2}-\d{2}$/.test(found) && isReal(found) ? found : undefined;
};
/** 31 February is another day. */
const isReal = (date: string) => {
  const read = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(date);
};
const zone = (value: unknown) => {
  const found = text(value);
  try {
    return found && new Intl.DateTimeFormat("en", { timeZone: found }).resolvedOptions() ? found : undefined;
  } catch {
    return undefined;
  }
};

export function bookingsSearch(search: Record<string, unknown>): BookingsSearch {
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
    zone: zone(search.zone),
  };
}
