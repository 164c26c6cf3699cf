// Wall-clock time and zones. A wall time is `YYYY-MM-DDTHH:mm:ss` without an offset, a day `YYYY-MM-DD`.
// Everything is computed by Temporal: `Date` knows one zone only and adds 24 hours where people mean a day.

import { Temporal } from "temporal-polyfill";
import { dateFormat } from "./intl";

/** The wall time of an instant in a zone. */
export const wallOf = (instant: string, zone: string): string =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: "second" });

/** The instant (UTC, `…Z`) of a wall time in a zone; in a gap or fold as RFC 5545 reads it. */
export const instantOf = (wall: string, zone: string): string =>
  Temporal.PlainDateTime.from(wall).toZonedDateTime(zone, { disambiguation: "compatible" }).toInstant().toString();

/** What the clock on the wall in `to` shows when the one in `from` shows `wall`. */
export const rezone = (wall: string, from: string, to: string): string => wallOf(instantOf(wall, from), to);

export const isZone = (zone: string): boolean => {
  try {
    Temporal.Now.plainDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
};

export const nowIn = (zone: string): string => Temporal.Now.plainDateTimeISO(zone).toString({ smallestUnit: "second" });
export const todayIn = (zone: string): string => Temporal.Now.plainDateISO(zone).toString();

export const dayOf = (wall: string): string => wall.slice(0, 10);
/** `09:30` of a wall time. */
export const timeOf = (wall: string): string => wall.slice(11, 16) || "00:00";
export const wallAt = (day: string, time: string): string => `${day}T${time.length === 5 ? `${time}:00` : time}`;

export const isDay = (text: string | undefined): text is string => {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    Temporal.PlainDate.from(text, { overflow: "reject" });
    return true;
  } catch {
    return false;
  }
};

export const addDays = (day: string, days: number): string => Temporal.PlainDate.from(day).add({ days }).toString();
export const addMonths = (day: string, months: number): string =>
  Temporal.PlainDate.from(day).add({ months }).toString();
export const addMinutes = (wall: string, minutes: number): string =>
  Temporal.PlainDateTime.from(wall).add({ minutes }).toString({ smallestUnit: "second" });

export const daysBetween = (from: string, to: string): number =>
  Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: "days" }).days;
/** Minutes the clock on the wall moves from one to the other. */
export const minutesBetween = (from: string, to: string): number =>
  Temporal.PlainDateTime.from(from).until(Temporal.PlainDateTime.from(to)).total("minutes");

/** 1 is Monday, 7 is Sunday. */
export const weekdayOf = (day: string): number => Temporal.PlainDate.from(day).dayOfWeek;
/** The Monday of the day's week. */
export const mondayOf = (day: string): string => addDays(day, 1 - weekdayOf(day));
export const firstOfMonth = (day: string): string => `${day.slice(0, 7)}-01`;
export const daysInMonth = (day: string): number => Temporal.PlainDate.from(day).daysInMonth;

const asUtc = (wall: string) => new Date(`${wall.length === 10 ? `${wall}T00:00:00` : wall}Z`);

/** A day or wall time in words of the viewer's language; the wall time is shown as it is, in no zone. */
export const showWall = (wall: string, options: Intl.DateTimeFormatOptions): string =>
  dateFormat({ ...options, timeZone: "UTC" }).format(asUtc(wall));

export const showDay = (day: string): string =>
  showWall(day, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
/** “16–22 Nov 2026”; both days are meant. */
export const showDays = (from: string, to: string): string =>
  dateFormat({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).formatRange(asUtc(from), asUtc(to));
export const showTime = (wall: string): string => showWall(wall, { hour: "2-digit", minute: "2-digit" });

/** What a wall time can mean where a clock change makes it impossible or double. */
export interface ClockChange {
  kind: "gap" | "fold";
  earlier: { wall: string; instant: string; offset: string };
  later: { wall: string; instant: string; offset: string };
}

/** `null` for the ordinary case: exactly one reading. */
export function clockChange(wall: string, zone: string): ClockChange | null {
  const plain = Temporal.PlainDateTime.from(wall);
  const read = (disambiguation: "earlier" | "later") => {
    const zoned = plain.toZonedDateTime(zone, { disambiguation });
    return {
      wall: zoned.toPlainDateTime().toString({ smallestUnit: "second" }),
      instant: zoned.toInstant().toString(),
      offset: zoned.offset,
    };
  };
  const [earlier, later] = [read("earlier"), read("later")];
  if (earlier.instant === later.instant) return null;
  return { kind: earlier.wall === later.wall ? "fold" : "gap", earlier, later };
}
