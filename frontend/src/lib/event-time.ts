// An event's start and end in words. All-day events have no zone: their date is the same for everybody.

import { dateFormat } from "./intl";

interface Time {
  date?: string | null;
  date_time?: string | null;
  time_zone?: string | null;
  utc?: string | null;
}

/** The moment to format, and the zone to format it in so that an all-day date stays itself. */
const moment = (time: Time, zone: string): [Date, string] =>
  time.date ? [new Date(`${time.date}T00:00:00Z`), "UTC"] : [new Date(time.utc ?? ""), zone];

const format = (time: Time, zone: string, options: Intl.DateTimeFormatOptions): string => {
  const [at, timeZone] = moment(time, zone);
  return Number.isNaN(at.getTime()) ? "" : dateFormat({ ...options, timeZone }).format(at);
};

export const eventDay = (start: Time, zone: string) => ({
  day: format(start, zone, { day: "numeric" }),
  month: format(start, zone, { month: "short" }),
  weekday: format(start, zone, { weekday: "short" }),
});

/** “09:00 – 09:45”, “All day”, or with dates when it ends on another day. */
export function eventTimes(event: { start: Time; end: Time }, zone: string): string {
  const { start, end } = event;
  if (start.date) {
    // The end of an all-day event is the day after its last day.
    const days = (Date.parse(end.date ?? start.date) - Date.parse(start.date)) / 86_400_000;
    return days > 1 ? `All day, ${days} days` : "All day";
  }
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  const date: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", ...time };
  const sameDay = format(start, zone, { dateStyle: "short" }) === format(end, zone, { dateStyle: "short" });
  return `${format(start, zone, time)} – ${format(end, zone, sameDay ? time : date)}`;
}
