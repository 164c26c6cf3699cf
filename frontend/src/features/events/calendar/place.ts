// Where events stand in a grid that shows one zone, and what a drag in that grid means for the event's own zone.
import type { Event, EventTimeIn } from "@/api/types";
import {
  addDays,
  addMinutes,
  dayOf,
  daysBetween,
  firstOfMonth,
  minutesBetween,
  mondayOf,
  rezone,
  wallOf,
} from "@/lib/wall";
import type { Moment } from "../form";

/** `days` are three: what a phone shows of a week. */
export type View = "month" | "week" | "days" | "day" | "agenda";

export interface Placed {
  event: Event;
  allDay: boolean;
  /** Wall time in the grid's zone. */
  start: string;
  /** As `start`; exclusive. */
  end: string;
}

export function place(event: Event, zone: string): Placed {
  const start: Moment = event.start;
  const end: Moment = event.end;
  if (start.date !== undefined) {
    const until = end.date && end.date > start.date ? end.date : addDays(start.date, 1);
    return { event, allDay: true, start: `${start.date}T00:00:00`, end: `${until}T00:00:00` };
  }
  const from = wallOf(start.utc ?? "", zone);
  const to = wallOf(end.utc ?? "", zone);
  // In the hour that comes twice an event may seem to end before it starts: show it as long as it lasts.
  const lasts = (Date.parse(end.utc ?? "") - Date.parse(start.utc ?? "")) / 60_000;
  return { event, allDay: false, start: from, end: to > from ? to : addMinutes(from, Math.max(lasts, 0)) };
}

/** The days a view shows: from the first to the day after the last. */
export function rangeOf(view: View, day: string): { from: string; to: string } {
  switch (view) {
    case "day":
      return { from: day, to: addDays(day, 1) };
    case "days":
      return { from: day, to: addDays(day, 3) };
    case "week":
      return { from: mondayOf(day), to: addDays(mondayOf(day), 7) };
    case "agenda":
      return { from: day, to: addDays(day, 28) };
    case "month": {
      const from = mondayOf(firstOfMonth(day));
      return { from, to: addDays(from, 42) };
    }
  }
}

/** The day that “next” (1) or “previous” (−1) leads to. */
export function step(view: View, day: string, by: 1 | -1): string {
  switch (view) {
    case "day":
      return addDays(day, by);
    case "days":
      return addDays(day, 3 * by);
    case "week":
      return addDays(day, 7 * by);
    case "agenda":
      return addDays(day, 28 * by);
    case "month": {
      const first = firstOfMonth(day);
      const last = addDays(first, -1);
      return by === 1 ? firstOfMonth(addDays(first, 31)) : firstOfMonth(last);
    }
  }
}

export interface NewTime {
  start: EventTimeIn;
  end: EventTimeIn;
}

const timed = (wall: string, grid: string, own: string): EventTimeIn => ({
  date_time: rezone(wall, grid, own),
  time_zone: own,
});

/**
 * The event's times after a drag to `start` (wall time in the grid's zone). It keeps its zone and its length on the clock.
 * @param onAllDayRow the drop was on the row of whole days.
 */
export function moved(placed: Placed, start: string, grid: string, onAllDayRow = false): NewTime {
  const day = dayOf(start);
  if (placed.allDay || onAllDayRow) {
    const days = placed.allDay ? daysBetween(dayOf(placed.start), dayOf(placed.end)) : 1;
    return { start: { date: day }, end: { date: addDays(day, Math.max(days, 1)) } };
  }
  const own: Moment = placed.event.start;
  const zone = own.time_zone ?? grid;
  const endZone = (placed.event.end as Moment).time_zone ?? zone;
  const end = addMinutes(start, minutesBetween(placed.start, placed.end));
  return { start: timed(start, grid, zone), end: timed(end, grid, endZone) };
}

/** The event's times after one of its edges was dragged. */
export function resized(placed: Placed, start: string, end: string, grid: string): NewTime {
  const zone = (placed.event.start as Moment).time_zone ?? grid;
  const endZone = (placed.event.end as Moment).time_zone ?? zone;
  return { start: timed(start, grid, zone), end: timed(end, grid, endZone) };
}

/** How the event looks before the service has answered. */
export function withTime(event: Event, time: NewTime): Event {
  const utc = (at: EventTimeIn) =>
    at.date ? `${at.date}T00:00:00Z` : `${rezone(at.date_time ?? "", at.time_zone ?? "UTC", "UTC")}Z`;
  return {
    ...event,
    start: { ...time.start, utc: utc(time.start) },
    end: { ...time.end, utc: utc(time.end) },
  } as Event;
}

/** The days an event stands on in the agenda, within the range. */
export function daysOf(placed: Placed, from: string, to: string): string[] {
  const first = dayOf(placed.start) < from ? from : dayOf(placed.start);
  // An end at midnight does not reach into the next day.
  const lastDay =
    placed.end.slice(11) === "00:00:00" && placed.end > placed.start
      ? addDays(dayOf(placed.end), -1)
      : dayOf(placed.end);
  const days: string[] = [];
  for (let day = first; day <= lastDay && day < to; day = addDays(day, 1)) days.push(day);
  return days;
}
