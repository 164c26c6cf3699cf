// Bookings in words: how they stand, what they were decided by, what was done to them.
import {
  CalendarCheck,
  Check,
  CircleCheck,
  CircleDashed,
  CircleX,
  GitMerge,
  Hourglass,
  OctagonAlert,
  TimerOff,
  UserX,
} from "lucide-react";
import type {
  AvailabilityRule,
  AvailabilitySource,
  Booking,
  BookingDeed,
  BookingMessage,
  BookingPolicy,
  BookingStatus,
  BookingSyncState,
} from "@/api/types";
import { count, span } from "@/lib/count";
import { dateFormat } from "@/lib/intl";

export const statusLooks = {
  held: { label: "Held", color: "violet", icon: Hourglass },
  pending: { label: "Waits for a yes", color: "yellow", icon: CircleDashed },
  confirmed: { label: "Confirmed", color: "teal", icon: CalendarCheck },
  completed: { label: "Completed", color: "gray", icon: CircleCheck },
  no_show: { label: "Nobody came", color: "orange", icon: UserX },
  cancelled: { label: "Cancelled", color: "gray", icon: CircleX },
  expired: { label: "Hold ran out", color: "gray", icon: TimerOff },
} satisfies Record<BookingStatus, object>;

export const copyLooks = {
  none: { label: "In no calendar", color: "gray", icon: CircleDashed },
  synced: { label: "In the calendar", color: "teal", icon: Check },
  pending: { label: "On the way", color: "blue", icon: Hourglass },
  conflict: { label: "Conflict", color: "orange", icon: GitMerge },
  failed: { label: "Failed", color: "red", icon: OctagonAlert },
} satisfies Record<BookingSyncState, object>;

/** Whether it will still happen, or may. */
export const isOpen = ({ status }: Pick<Booking, "status">): boolean =>
  status === "held" || status === "pending" || status === "confirmed";

/** “Sam”, “Sam and Tina”, “Sam, Tina and Kim”. */
export const names = (all: readonly string[]): string =>
  new Intl.ListFormat("en", { type: "conjunction" }).format(all).replace(", and ", " and ");

export const staffOf = ({ staff }: Pick<Booking, "staff">): string => names(staff.map((one) => one.name)) || "Nobody";

const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
const sameDay = (a: string, b: string, timeZone: string) => {
  const day = dateFormat({ dateStyle: "short", timeZone });
  return day.format(new Date(a)) === day.format(new Date(b));
};
export const dayOfInstant = (at: string, timeZone: string): string =>
  dateFormat({ weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone }).format(new Date(at));
export const timeOfInstant = (at: string, timeZone: string): string =>
  dateFormat({ ...clock, timeZone }).format(new Date(at));
/** “09:00 – 09:45”; with the day where it ends on another one. */
export function times({ start, end }: Pick<Booking, "start" | "end">, zone: string): string {
  const until = sameDay(start, end, zone)
    ? timeOfInstant(end, zone)
    : `${dayOfInstant(end, zone)}, ${timeOfInstant(end, zone)}`;
  return `${timeOfInstant(start, zone)} – ${until}`;
}
/** “Tue, 24 Nov 2026, 09:00 – 09:45”. */
export const moment = (booking: Pick<Booking, "start" | "end">, zone: string): string =>
  `${dayOfInstant(booking.start, zone)}, ${times(booking, zone)}`;

// ── what it was decided by ──────────────────────────────────────────────────────────────────────────────────────────
interface Receipt {
  rules: number;
  decided_at: string;
  sources: { calendar_id: string; as_of: string | null; known: boolean }[];
  look: { asked: string[]; silent: string[]; took_ms: number } | null;
}
const isReceipt = (value: unknown): value is Receipt =>
  typeof value === "object" && value !== null && "decided_at" in value && "sources" in value;

const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

/** The receipt in sentences; `calendar` knows what calendars are called. */
export function receiptWords(
  receipt: unknown,
  calendar: (id: string) => string,
  now: string = new Date().toISOString(),
): string[] {
  if (!isReceipt(receipt)) return ["Nothing was written down about it."];
  const { sources, look, decided_at } = receipt;
  const all = [...new Map(sources.map((one) => [one.calendar_id, one])).values()];
  const known = all.filter((one) => one.known && one.as_of !== null);
  const oldest = known.map((one) => one.as_of as string).sort()[0];
  const said = [
    all.length === 0
      ? "Decided from working hours and other bookings alone: no calendar makes these people busy."
      : known.length === 0
        ? "Decided without any calendar."
        : `Decided from ${count(known.length, "calendar")}, ${known.length === 1 ? "" : "the oldest "}read ${span(seconds(oldest ?? decided_at, now))} ago.`,
  ];
  const unknown = all.filter((one) => !one.known);
  if (unknown.length > 0)
    said.push(`Not known at that time: ${names(unknown.map((one) => calendar(one.calendar_id)))}.`);
  if (look) {
    const silent = look.silent.length;
    said.push(
      `${count(look.asked.length, "calendar")} ${look.asked.length === 1 ? "was" : "were"} asked once more at the provider just before (${look.took_ms} ms)${silent > 0 ? `; ${count(silent, "calendar")} did not answer in time` : ""}.`,
    );
  }
  return said;
}

/** What stands against trusting an answer, calendar by calendar. */
export function troubles(sources: readonly AvailabilitySource[], calendar: (id: string) => string): string[] {
  const words: Record<string, string> = {
    stale: "was not read lately",
    out_of_reach: "is not known that far ahead",
    never_read: "was never read",
  };
  const all = new Map(sources.filter((one) => one.trouble).map((one) => [one.calendar_id, one.trouble ?? ""]));
  return [...all].map(([id, trouble]) => `${calendar(id)} ${words[trouble] ?? "cannot be read"}`);
}

// ── why not ─────────────────────────────────────────────────────────────────────────────────────────────────────────
/** A rule that has nothing against it. */
export const ruleKept: Record<AvailabilityRule, string> = {
  hours: "It lies within the working hours.",
  closure: "Nothing is closed.",
  notice: "There is enough notice.",
  horizon: "It is not too far ahead.",
  buffer: "The time kept free around it meets nothing.",
  busy: "Nothing else takes the time.",
  capacity: "There is a place left.",
  daily_limit: "There are not too many on this day.",
  sources: "All calendars are known.",
};

// ── what was done to it ─────────────────────────────────────────────────────────────────────────────────────────────
const deeds: Record<string, string> = {
  created: "Booked",
  held: "Held",
  confirmed: "Confirmed",
  moved: "Moved",
  reassigned: "Given to somebody else",
  cancelled: "Cancelled",
  completed: "Completed",
  no_show: "Nobody came",
  edited: "Details changed",
  expired: "The hold ran out",
  checked: "Calendars looked at again",
  rewritten: "Its event got other words",
  moved_in_calendar: "Its event was moved at the provider",
  deleted_in_calendar: "Its event was deleted at the provider",
  clash: "Something else takes the time",
  put_back: "Its event was put back",
  settled: "Decided",
  rewritten_in_calendar: "Its event was rewritten at the provider",
  undone: "Taken back",
};
export const deedWords = ({ action }: Pick<BookingDeed, "action">): string =>
  deeds[action] ?? action.replaceAll("_", " ");

/** The last thing that was done can be taken back, unless only a hold was before it. */
export const canBeUndone = ({ before }: BookingDeed): boolean =>
  typeof before === "object" &&
  before !== null &&
  "status" in before &&
  before.status !== "held" &&
  before.status !== "expired";

const told: Record<string, string> = {
  confirmed: "Confirmation",
  requested: "“We have your request”",
  changed: "The new time",
  cancelled: "Cancellation",
  reminder: "Reminder",
  flagged: "“Look at it”",
  to_confirm: "“Say yes or no”",
};
/** “Reminder by e-mail”. */
export const messageWords = ({ kind, channel }: Pick<BookingMessage, "kind" | "channel">): string =>
  `${told[kind] ?? kind.replaceAll("_", " ")} by ${channel === "sms" ? "text message" : "e-mail"}`;

/** Something happened to its event, and nobody has chosen since. */
export const asksWhichIsRight = (history: readonly BookingDeed[]): boolean => {
  const at = (actions: string[]) => history.findLastIndex((one) => actions.includes(one.action));
  return (
    at(["moved_in_calendar", "deleted_in_calendar", "rewritten_in_calendar"]) >
    at(["settled", "put_back", "moved", "cancelled"])
  );
};

// ── the policy ──────────────────────────────────────────────────────────────────────────────────────────────────────
/** “Customers may cancel until 24 hours before: Tue, 24 Nov 2026, 09:00.” */
export function noticeWords(
  what: "cancel" | "move",
  booking: Pick<Booking, "start">,
  policy: BookingPolicy,
  zone: string,
): string {
  const minutes = what === "cancel" ? policy.cancel_notice_minutes : policy.reschedule_notice_minutes;
  const verb = what === "cancel" ? "cancel" : "move it";
  if (minutes === 0) return `Customers may ${verb} until it begins.`;
  const last = new Date(Date.parse(booking.start) - minutes * 60_000).toISOString();
  return `Customers may ${verb} until ${span(minutes * 60)} before: ${dayOfInstant(last, zone)}, ${timeOfInstant(last, zone)}.`;
}
