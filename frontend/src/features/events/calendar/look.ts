// How an event looks in the calendar: never by colour alone.
import type { Event } from "@/api/types";
import { showDay, showTime } from "@/lib/wall";
import { waitingOf } from "../waiting";
import type { Placed } from "./place";

export interface Look {
  /** The calendar's own answer, when it is a guest. */
  declined: boolean;
  /** Not confirmed, or not answered. */
  tentative: boolean;
  free: boolean;
  recurring: boolean;
  /** Not at the provider: it waits in this browser, or the service has it and says why. */
  waiting: string | null;
}

const words = {
  synced: null,
  pending: "not at the provider yet",
  failed: "could not be saved at the provider",
  conflict: "changed on both sides",
} satisfies Record<Event["sync"]["state"], string | null>;

/** How far a change has come, in words; `null` when it is everywhere. */
export function waits(event: Event): string | null {
  const here = waitingOf(event);
  if (here?.state === "stopped") return "could not be sent from this browser";
  return here ? "waits in this browser" : words[event.sync.state];
}

export function lookOf(event: Event): Look {
  const self = event.attendees.find((one) => one.self);
  return {
    declined: self?.response === "declined",
    tentative: event.status === "tentative" || self?.response === "tentative" || self?.response === "needs_action",
    free: event.transparency === "free",
    recurring: event.recurring_event_id !== null || event.recurrence.length > 0,
    waiting: waits(event),
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
    look.waiting,
    event.location,
    calendar && `calendar ${calendar}`,
  ]
    .filter(Boolean)
    .join(", ");
}
