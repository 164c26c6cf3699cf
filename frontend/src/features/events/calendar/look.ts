// How an event looks in the calendar: never by colour alone.
import { CloudAlert, CloudOff, CloudUpload, GitMerge, type LucideIcon, Snowflake } from "lucide-react";
import type { Standing } from "@/api/reconcile";
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
  /** Not at the provider; `null`: it is. */
  waiting: { words: string; icon: LucideIcon } | null;
}

const states = {
  synced: null,
  pending: { words: "not at the provider yet", icon: CloudUpload },
  failed: { words: "could not be saved at the provider", icon: CloudAlert },
  conflict: { words: "changed on both sides", icon: GitMerge },
  frozen: { words: "held back: changed back and forth too often", icon: Snowflake },
} satisfies Record<Standing, Look["waiting"]>;

/** How far a change has come: it waits in this browser, or the service has it and the provider has not. */
function waits(event: Event): Look["waiting"] {
  const here = waitingOf(event);
  if (here?.state === "stopped") return { words: "could not be sent from this browser", icon: CloudAlert };
  return here ? { words: "waits in this browser", icon: CloudOff } : states[event.sync.state];
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
    look.waiting?.words,
    event.location,
    calendar && `calendar ${calendar}`,
  ]
    .filter(Boolean)
    .join(", ");
}
