// An event as the editor holds it, and the way to and from the service. A change is sent as the fields that differ,
// compared in the service's own terms, so opening and saving an event changes nothing.
import type { Event, EventIn, EventTimeIn } from "@/api/types";
import { type Anchor, follow, parseRecurrence, type Recurrence, writeRecurrence } from "@/lib/recurrence/rule";
import { addDays, addMinutes, dayOf, daysBetween, instantOf, isZone, minutesBetween, timeOf, wallAt } from "@/lib/wall";

/** A start or end as the service answers it. */
export interface Moment {
  date?: string;
  date_time?: string;
  time_zone?: string;
  utc?: string;
}

export interface Guest {
  email: string;
  name: string;
  optional: boolean;
  response: Event["attendees"][number]["response"];
  self: boolean;
}

export interface EventForm extends Record<string, unknown> {
  calendarId: string;
  title: string;
  allDay: boolean;
  startDay: string;
  startTime: string;
  /** Of an all-day event the last day, not the one after. */
  endDay: string;
  endTime: string;
  zone: string;
  /** Where the end is read on another clock (a flight); `null`: as the start. */
  endZone: string | null;
  startReading: "earlier" | "later" | null;
  endReading: "earlier" | "later" | null;
  location: string;
  description: string;
  recurrence: Recurrence;
  guests: Guest[];
  reminders: Required<Event["reminders"]>;
  visibility: Event["visibility"];
  transparency: Event["transparency"];
  status: "confirmed" | "tentative";
  colour: string | null;
  metadata: { key: string; value: string }[];
  notify: "none" | "external" | "all";
}

export type EventPatch = Partial<Omit<EventIn, "notify">> & { notify?: EventForm["notify"] };

export const anchorOf = (form: Pick<EventForm, "allDay" | "startDay" | "startTime" | "zone">): Anchor =>
  form.allDay ? { day: form.startDay } : { wall: wallAt(form.startDay, form.startTime), zone: form.zone };

const momentAnchor = (start: Moment, zone: string): Anchor =>
  start.date !== undefined ? { day: start.date } : { wall: start.date_time ?? "", zone: start.time_zone ?? zone };

/** A new event: an hour long, or the range a person chose. */
export function newForm(given: {
  calendarId: string;
  zone: string;
  /** Wall time in `zone`, or a day for an all-day event. */
  start: string;
  /** As `start`; of a day the last one. */
  end?: string;
}): EventForm {
  const allDay = given.start.length === 10;
  const end = given.end ?? (allDay ? given.start : addMinutes(given.start, 60));
  return {
    calendarId: given.calendarId,
    title: "",
    allDay,
    startDay: dayOf(given.start),
    startTime: allDay ? "09:00" : timeOf(given.start),
    endDay: dayOf(end),
    endTime: allDay ? "10:00" : timeOf(end),
    zone: given.zone,
    endZone: null,
    startReading: null,
    endReading: null,
    location: "",
    description: "",
    recurrence: { kind: "none" },
    guests: [],
    reminders: { use_default: true, overrides: [] },
    visibility: "default",
    transparency: allDay ? "free" : "busy",
    status: "confirmed",
    colour: null,
    metadata: [],
    notify: "none",
  };
}

/**
 * @param fallbackZone the zone to edit in when the event names none (all-day) or one this browser does not know.
 * @param lines the series' content lines, for an occurrence; without it the event's own.
 */
export function toForm(event: Event, fallbackZone: string, lines: readonly string[] = event.recurrence): EventForm {
  const start: Moment = event.start;
  const end: Moment = event.end;
  const allDay = start.date !== undefined;
  const zone = start.time_zone && isZone(start.time_zone) ? start.time_zone : fallbackZone;
  const endZone = end.time_zone && end.time_zone !== start.time_zone && isZone(end.time_zone) ? end.time_zone : null;
  return {
    calendarId: event.calendar_id,
    title: event.title,
    allDay,
    startDay: start.date ?? dayOf(start.date_time ?? ""),
    startTime: start.date_time ? timeOf(start.date_time) : "09:00",
    endDay: end.date ? addDays(end.date, -1) : dayOf(end.date_time ?? ""),
    endTime: end.date_time ? timeOf(end.date_time) : "10:00",
    zone,
    endZone,
    startReading: null,
    endReading: null,
    location: event.location ?? "",
    description: event.description ?? "",
    recurrence: parseRecurrence(lines, momentAnchor(start, zone)),
    guests: event.attendees.map((one) => ({
      email: one.email,
      name: one.name ?? "",
      optional: one.optional,
      response: one.response,
      self: one.self,
    })),
    reminders: { use_default: event.reminders.use_default, overrides: event.reminders.overrides ?? [] },
    visibility: event.visibility,
    transparency: event.transparency,
    status: event.status === "tentative" ? "tentative" : "confirmed",
    colour: event.colour,
    metadata: Object.entries(event.metadata).map(([key, value]) => ({ key, value })),
    notify: "none",
  };
}

const timeIn = (day: string, time: string, zone: string, reading: EventForm["startReading"]): EventTimeIn => ({
  date_time: wallAt(day, time),
  time_zone: zone,
  ...(reading ? { disambiguation: reading } : {}),
});

/** The whole event in the service's words. */
export function toInput(form: EventForm): Required<EventIn> {
  const metadata = Object.fromEntries(
    form.metadata.filter(({ key }) => key.trim()).map((m) => [m.key.trim(), m.value]),
  );
  return {
    title: form.title.trim(),
    start: form.allDay ? { date: form.startDay } : timeIn(form.startDay, form.startTime, form.zone, form.startReading),
    end: form.allDay
      ? { date: addDays(form.endDay, 1) }
      : timeIn(form.endDay, form.endTime, form.endZone ?? form.zone, form.endReading),
    location: form.location.trim() || null,
    description: form.description.trim() ? form.description : null,
    recurrence: writeRecurrence(form.recurrence, anchorOf(form)),
    attendees: form.guests.map(({ email, name, optional }) => ({ email, name: name || null, optional })),
    reminders: form.reminders.use_default ? { use_default: true, overrides: [] } : form.reminders,
    visibility: form.visibility,
    transparency: form.transparency,
    status: form.status,
    colour: form.colour || null,
    metadata,
    notify: form.notify,
  };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Only what `after` says differently; start and end travel together. `notify` is added when anything changed. */
export function toPatch(before: EventForm, after: EventForm): EventPatch {
  const { notify: _, ...old } = toInput(before);
  const { notify, ...wanted } = toInput(after);
  const changed = (Object.keys(wanted) as (keyof typeof wanted)[]).filter((key) => !same(old[key], wanted[key]));
  if (changed.length === 0) return {};
  const keys = new Set<keyof typeof wanted>(changed);
  if (keys.has("start") || keys.has("end")) {
    keys.add("start");
    keys.add("end");
  }
  const patch: Record<string, unknown> = Object.fromEntries([...keys].map((key) => [key, wanted[key]]));
  if (patch.metadata) {
    // A merge patch keeps what it does not name: what went must be named as null.
    const gone = Object.keys(old.metadata).filter((key) => !(key in wanted.metadata));
    patch.metadata = { ...wanted.metadata, ...Object.fromEntries(gone.map((key) => [key, null])) };
  }
  if (notify !== "none") patch.notify = notify;
  return patch as EventPatch;
}

export const isChanged = (before: EventForm, after: EventForm): boolean =>
  before.calendarId !== after.calendarId || Object.keys(toPatch(before, after)).length > 0;

/** The form after its start moved: the end keeps its distance, the recurrence follows. */
export function moveStart(form: EventForm, day: string, time: string): EventForm {
  if (!day || !time) return { ...form, startDay: day, startTime: time };
  const recurrence =
    form.recurrence.kind === "rule" && form.startDay
      ? { ...form.recurrence, rule: follow(form.recurrence.rule, form.startDay, day) }
      : form.recurrence;
  const next = { ...form, startDay: day, startTime: time, startReading: null, endReading: null, recurrence };
  if (!form.startDay || !form.endDay) return { ...next, endDay: day };
  if (form.allDay) return { ...next, endDay: addDays(day, daysBetween(form.startDay, form.endDay)) };
  const minutes = minutesBetween(wallAt(form.startDay, form.startTime), wallAt(form.endDay, form.endTime));
  const end = addMinutes(wallAt(day, time), minutes);
  return { ...next, endDay: dayOf(end), endTime: timeOf(end) };
}

const MAIL = /^[^\s@<>(),;:"]+@[^\s@<>(),;:"]+\.[^\s@<>(),;:".]{2,}$/;
export const isMail = (text: string): boolean => text.length <= 254 && MAIL.test(text);

/** Splits what was typed or pasted: `Cara <cara@example.com>, tom@example.com`. */
export function readGuests(text: string): { guests: { email: string; name: string }[]; rest: string[] } {
  const guests: { email: string; name: string }[] = [];
  const rest: string[] = [];
  for (const piece of text.split(/[,;\n]+/).map((one) => one.trim())) {
    if (!piece) continue;
    const [, name, inside] = /^(.*?)<([^>]+)>$/.exec(piece) ?? [];
    const email = (inside ?? piece).trim();
    if (isMail(email)) guests.push({ email, name: (name ?? "").trim().replaceAll(/^"|"$/g, "") });
    else rest.push(piece);
  }
  return { guests, rest };
}

/** What a person can mend before sending, by form field. */
export function formProblems(form: EventForm): Record<string, string> {
  const problems: Record<string, string> = {};
  if (!form.calendarId) problems.calendarId = "Choose the calendar.";
  if (!form.title.trim()) problems.title = "Give it a title.";
  if (!form.startDay) problems.startDay = "Choose the day.";
  if (!form.endDay) problems.endDay = "Choose the day.";
  if (!form.allDay && !form.startTime) problems.startTime = "Choose the time.";
  if (!form.allDay && !form.endTime) problems.endTime = "Choose the time.";
  if (Object.keys(problems).some((key) => /^(start|end)/.test(key))) return problems;
  if (form.allDay) {
    if (form.endDay < form.startDay) problems.endDay = "The last day is before the first one.";
  } else {
    const start = instantOf(wallAt(form.startDay, form.startTime), form.zone);
    const end = instantOf(wallAt(form.endDay, form.endTime), form.endZone ?? form.zone);
    if (Date.parse(end) <= Date.parse(start)) {
      problems[form.endDay < form.startDay ? "endDay" : "endTime"] = "The end must be after the start.";
    }
  }
  return problems;
}

/** The form field that shows an error of the service. */
export function fieldOf(pointer: string): string {
  const [, first = "", second, third] = pointer.split("/");
  switch (first) {
    case "start":
    case "end":
      return second === "date" ? `${first}Day` : second === "time_zone" ? "zone" : `${first}Time`;
    case "attendees":
      return third === undefined ? "guests" : `guests.${second}`;
    case "calendar_id":
      return "calendarId";
    default:
      return first;
  }
}
