// How an event looks in the calendar: never by colour alone.
import type { Event } from "@/api/types";
import { showDay, showTime } from "@/lib/wall";
import type { Placed } from "./place";

export interface Look {
  /** The calendar's own answer, when it is a guest. */
  declined: boolean;
  /** Not confirmed, or not answered. */
  tentative: boolean;
  free: boolean;
  recurring: boolean;
  waiting: boolean;
}

export function lookOf(event: Event): Look {
  const self = event.attendees.find((one) => one.self);
  return {
    declined: self?.response === "declined",
    tentative: event.status === "tentative" || self?.response === "tentative" || self?.response === "needs_action",
    free: event.transparency === "free",
    recurring: event.recurring_event_id !== null || event.recurrence.length > 0,
    waiting: event.sync.state !== "synced",
  };
}

/** What somebody who does not see the picture hears. */
export function sayEvent(placed: Placed, calendar: string | undefined): string {
  const { event, allDay, start, end } = placed;
  const look = lookOf(event);
  const when = allDay
    ? `${showDay(start.slice(0, 10))}, all day`
    : `${showDay(start.slice(0, 10))}, ${showTime(start)} to ${showTime(end)}`;
  return [
    event.title || "(no title)",
    when,
    look.declined && "declined",
    look.tentative && "tentative",
    look.free && "free",
    look.recurring && "repeats",
    look.waiting && "not saved at the provider yet",
    event.location,
    calendar && `calendar ${calendar}`,
  ]
    .filter(Boolean)
    .join(", ");
}
