// Days and times for visitors, by `Intl` alone: Temporal would be more than the rest of the page.
import { dateFormat } from "@/lib/intl";

/** How many days are shown, and asked for, at once. */
export const SHOWN = 28;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const utc = (day: string): number => Date.parse(`${day}T00:00:00Z`);
export const addDays = (day: string, days: number): string =>
  new Date(utc(day) + days * DAY_MS).toISOString().slice(0, 10);

/** The day (`2026-11-24`) that an instant lies on in a zone. */
export function dayIn(instant: string | number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  const of = Object.fromEntries(parts.formatToParts(new Date(instant)).map((part) => [part.type, part.value]));
  return `${of.year}-${of.month}-${of.day}`;
}

/** The Monday of a day's week. */
export const mondayOf = (day: string): string => addDays(day, -((new Date(utc(day)).getUTCDay() + 6) % 7));

/** Enough to be asked for so that every time of these days, in whatever zone, is among the answer. */
export function rangeOf(first: string, now: number): { from: string; to: string } {
  const from = Math.max(utc(first) - 14 * HOUR_MS, now);
  return { from: new Date(from).toISOString(), to: new Date(utc(addDays(first, SHOWN)) + 14 * HOUR_MS).toISOString() };
}

/** What lies on each day of a zone, in order. */
export function byDay<T extends { start: string }>(all: readonly T[], zone: string): Map<string, T[]> {
  const days = new Map<string, T[]>();
  for (const one of all) {
    const day = dayIn(one.start, zone);
    days.set(day, [...(days.get(day) ?? []), one]);
  }
  return days;
}

const shown = (day: string, options: Intl.DateTimeFormatOptions) =>
  dateFormat({ ...options, timeZone: "UTC" }).format(new Date(utc(day)));
/** “Tuesday 24 November”. */
export const dayWords = (day: string): string => shown(day, { weekday: "long", day: "numeric", month: "long" });
export const dayNumber = (day: string): string => shown(day, { day: "numeric" });
export const monthWords = (day: string): string => shown(day, { month: "short" });
export const weekdayWords = (day: string): string => shown(day, { weekday: "short" });
export const rangeWords = (first: string): string =>
  dateFormat({ day: "numeric", month: "short", timeZone: "UTC" }).formatRange(
    new Date(utc(first)),
    new Date(utc(addDays(first, SHOWN - 1))),
  );

export const clock = (instant: string, zone: string): string =>
  dateFormat({ hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(instant));
/** “Tuesday, 24 November 2026 at 10:00”. */
export const moment = (instant: string, zone: string): string =>
  `${dateFormat({ weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: zone }).format(new Date(instant))}, ${clock(instant, zone)}`;

export const zoneWords = (zone: string): string => zone.replaceAll("_", " ");
/** Whether clocks in both zones show the same at that moment. */
export const sameClock = (instant: string, one: string, other: string): boolean =>
  dayIn(instant, one) === dayIn(instant, other) && clock(instant, one) === clock(instant, other);

/** “45 minutes”, “1 hour”, “1 h 30 min”. */
export function length(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return minutes === 1 ? "1 minute" : `${minutes} minutes`;
  if (rest === 0) return hours === 1 ? "1 hour" : `${hours} hours`;
  return `${hours} h ${rest} min`;
}
/** “2 days before”, “3 hours before”; nothing for no notice. */
export function notice(minutes: number): string {
  const days = minutes / 1_440;
  if (Number.isInteger(days) && days > 0) return days === 1 ? "a day" : `${days} days`;
  return length(minutes);
}
