// What waits in this browser, laid over what the service said last: the views show both as one.
import { seriesOf, type Waiting } from "@/api/offline/rules";
import type { Calendar, Event, EventIn, EventTimeIn } from "@/api/types";
import { addDays, addMinutes, daysBetween, instantOf, minutesBetween } from "@/lib/wall";
import type { Moment } from "./form";

/** An event as it is shown; `here` is what waits for the service to know it. */
export type Shown = Event & { here?: Waiting };

export const waitingOf = (event: Event): Waiting | null => (event as Shown).here ?? null;

const instant = (at: EventTimeIn): string =>
  at.date ? `${at.date}T00:00:00Z` : instantOf(at.date_time ?? "", at.time_zone ?? "UTC");
const moment = ({ date, date_time, time_zone }: EventTimeIn): Event["start"] => {
  const utc = instant({ date, date_time, time_zone } as EventTimeIn);
  return (date ? { date, utc } : { date_time, time_zone, utc }) as Event["start"];
};

/** The patched event, as far as this browser can know. */
function patched(event: Event, patch: Waiting["patch"]): Event {
  const { notify: _, start, end, attendees, metadata, ...rest } = patch;
  const next = { ...event, ...rest } as Event;
  if (start) next.start = moment(start);
  if (end) next.end = moment(end);
  if (attendees) {
    const known = new Map(event.attendees.map((one) => [one.email, one]));
    next.attendees = attendees.map(
      (one) =>
        ({ response: "needs_action", self: false, ...known.get(one.email), ...one }) as Event["attendees"][number],
    );
  }
  if (metadata) {
    const merged = Object.entries({ ...event.metadata, ...metadata } as Record<string, string | null>);
    next.metadata = Object.fromEntries(merged.filter((pair): pair is [string, string] => pair[1] !== null));
  }
  return next;
}

/** Another date of the series whose `base` was moved: it moves by as much. */
function shifted(event: Event, base: Event, patch: Waiting["patch"]): Waiting["patch"] {
  const { start, end, ...rest } = patch;
  if (!start || !end || event.id === base.id) return patch;
  const by = (was: Moment, is: EventTimeIn, own: Moment): EventTimeIn | null => {
    if (was.date && is.date && own.date) return { date: addDays(own.date, daysBetween(was.date, is.date)) };
    if (!was.date_time || !is.date_time || !own.date_time) return null;
    return {
      date_time: addMinutes(own.date_time, minutesBetween(was.date_time, is.date_time)),
      time_zone: is.time_zone,
    };
  };
  const [from, to] = [by(base.start, start, event.start), by(base.end, end, event.end)];
  return from && to ? { ...rest, start: from, end: to } : rest;
}

const utc = (event: Event, edge: "start" | "end"): string => (event[edge] as Moment).utc ?? "";

/** Whether an entry means this event too. */
function means(entry: Waiting, event: Event): boolean {
  if (entry.eventId === event.id) return true;
  if (!entry.scope || entry.scope === "this" || entry.series !== seriesOf(event)) return false;
  return (
    entry.scope === "all" || !entry.base || Date.parse(utc(event, "start")) >= Date.parse(utc(entry.base, "start"))
  );
}

const BLANK = {
  provider_event_id: null,
  ical_uid: "",
  etag: "",
  title: "",
  description: null,
  location: null,
  recurrence: [],
  attendees: [],
  organizer: null,
  reminders: { use_default: true, overrides: [] },
  visibility: "default",
  transparency: "busy",
  status: "confirmed",
  colour: null,
  conference: null,
  metadata: {},
  recurring_event_id: null,
  original_start: null,
  sync: { state: "pending", detail: null, as_of: null },
  html_link: null,
  created_at: null,
  updated_at: null,
};

/** An event's body as an event, what it does not say left at its default. */
export function bodyAsEvent(body: Partial<EventIn> | Partial<Event>, known: object): Event {
  const given = Object.fromEntries(Object.entries(body).filter(([key, value]) => key !== "notify" && value != null));
  const times = { start: moment(body.start as EventTimeIn), end: moment(body.end as EventTimeIn) };
  const event = { ...BLANK, ...known, ...given, ...times, attendees: [] };
  return patched(event as unknown as Event, { attendees: (body.attendees ?? []) as EventIn["attendees"] });
}

/** The event that an entry will make. */
export function unborn(entry: Waiting, calendar: Pick<Calendar, "provider"> | undefined): Shown {
  const { eventId: id, calendarId: calendar_id, clientId } = entry;
  const known = { id, calendar_id, client_id: clientId ?? "", provider: calendar?.provider ?? "google" };
  return { ...bodyAsEvent(entry.body as EventIn, known), here: entry };
}

const overlaps = (event: Event, from?: string, to?: string): boolean =>
  (!to || Date.parse(utc(event, "start")) < Date.parse(to)) &&
  (!from || Date.parse(utc(event, "end")) > Date.parse(from));

export interface View {
  /** Instants, `from` inclusive, `to` exclusive. */
  from?: string;
  to?: string;
  client?: string;
  /** A search that new events must match too. */
  q?: string;
  calendarOf: (id: string) => Calendar | undefined;
}

/** One event with what waits for it; `null`: it waits to be deleted. */
export function withWaiting(event: Event, entries: readonly Waiting[]): Shown | null {
  let shown: Shown = event;
  for (const entry of entries) {
    if (entry.kind === "create" || !means(entry, event)) continue;
    if (entry.kind === "delete") return null;
    if (entry.kind === "answer") {
      const attendees = shown.attendees.map((one) =>
        one.self ? { ...one, response: entry.response ?? one.response } : one,
      );
      shown = { ...shown, attendees, here: entry };
      continue;
    }
    const patch = entry.base ? shifted(event, entry.base, entry.patch) : entry.patch;
    shown = { ...patched(shown, patch), here: entry };
  }
  return shown;
}

/** A view's events with everything that waits. */
export function overlay(events: readonly Event[], entries: readonly Waiting[], view: View): Shown[] {
  if (entries.length === 0) return events as Shown[];
  const shown = events.flatMap((event) => withWaiting(event, entries) ?? []);
  const there = new Set(events.map((event) => event.id));
  for (const entry of entries) {
    // Made and read already: the service's own is shown.
    if (entry.kind !== "create" || (entry.result && there.has(entry.result.id))) continue;
    if (view.client && entry.clientId !== view.client) continue;
    const event = withWaiting(unborn(entry, view.calendarOf(entry.calendarId)), entries);
    if (!event || !overlaps(event, view.from, view.to)) continue;
    if (view.q && !event.title.toLowerCase().includes(view.q.toLowerCase())) continue;
    shown.push({ ...event, here: event.here ?? entry });
  }
  return shown;
}

/** Events by start, as the service lists them. */
export const byStart = (events: Shown[]): Shown[] =>
  events.sort((a, b) => Date.parse(utc(a, "start")) - Date.parse(utc(b, "start")));
