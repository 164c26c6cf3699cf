// What becomes of the queue when somebody changes something once more. Pure: entries in, entries out.
import type { Event, EventIn } from "../types";
import { changedBody, joined, type Patch, restoring } from "./merge";

export type Scope = "this" | "this_and_following" | "all";
export type Notify = "none" | "external" | "all";
export type Answer = "accepted" | "declined" | "tentative";

export interface Stop {
  title: string;
  detail: string;
  action: string | null;
  requestId: string | null;
  /** The event as it is now, when somebody else changed it. */
  current: Event | null;
  /** What both changed. */
  fields: string[];
}

/** One change that waits for the service. */
export interface Waiting {
  /** Also the Idempotency-Key of an event to be made. */
  id: string;
  /** Entries are sent in this order. */
  order: number;
  since: string;
  kind: "create" | "change" | "answer" | "delete";
  /** `evt_…`, or `local_…` of an event that is not made yet. */
  eventId: string;
  /** Entries of one series wait for one another. */
  series: string;
  calendarId: string;
  clientId: string | null;
  title: string;
  /** Of an event to be made. */
  body: EventIn | null;
  /** Of a change: what differs from `base`. */
  patch: Patch;
  /** What an invitation is answered with. */
  response?: Answer;
  scope: Scope | null;
  notify: Notify;
  /** The event as the person saw it; its etag goes into If-Match. Null for one to be made. */
  base: Event | null;
  /** It was sent, so it may have arrived although no answer came. */
  attempted: boolean;
  /** Earlier versions that were sent. */
  sent: Patch[];
  /** Counts edits, so that one made while another is under way is not lost. */
  revision: number;
  state: "waiting" | "sending" | "stopped" | "done";
  stop: Stop | null;
  /** What the service made of it. */
  result: Event | null;
}

export interface Step {
  put: Waiting[];
  remove: string[];
}

export interface NewEntry {
  id: string;
  order: number;
  since: string;
}

export const isLocal = (eventId: string): boolean => eventId.startsWith("local_");
export const seriesOf = (event: Pick<Event, "id" | "recurring_event_id">): string =>
  event.recurring_event_id ?? event.id;

const open = (all: readonly Waiting[], eventId: string) =>
  all.filter((one) => one.eventId === eventId && one.state !== "done");

const blank = {
  body: null,
  patch: {},
  scope: null,
  notify: "none" as const,
  base: null,
  attempted: false,
  sent: [],
  revision: 1,
  state: "waiting" as const,
  stop: null,
  result: null,
};

export interface Creation {
  calendarId: string;
  clientId: string | null;
  body: EventIn;
  attempted: boolean;
}

export function create(entry: NewEntry, { body, ...rest }: Creation): Step {
  const eventId = `local_${entry.id}`;
  return {
    put: [{ ...blank, ...entry, ...rest, kind: "create", eventId, series: eventId, title: body.title, body }],
    remove: [],
  };
}

export interface Change {
  /** As the service last told it; for one that is not made yet, as its entry says. */
  event: Event;
  patch: Patch;
  scope: Scope | null;
  attempted: boolean;
  /** The patch says everything that shall differ from `event`; otherwise it comes on top of what waits. */
  whole: boolean;
  /** Only for an event that is not made yet: the calendar it goes into instead. */
  calendarId?: string;
}

export function change(all: readonly Waiting[], entry: NewEntry, made: Change): Step {
  const { event, patch, scope, attempted, whole } = made;
  const mine = open(all, event.id);
  const birth = mine.find((one) => one.kind === "create");
  const title = patch.title ?? event.title;
  if (birth?.body && !birth.attempted) {
    // Nobody has seen it yet: it rides on the making.
    const body = changedBody(birth.body, patch);
    const calendarId = made.calendarId ?? birth.calendarId;
    return { put: [again({ ...birth, body, calendarId, title: body.title })], remove: [] };
  }
  const before = mine.findLast((one) => one.kind === "change" && one.scope === scope);
  // Said once and for all, it replaces what was meant for other dates and never sent.
  const replaced = whole ? mine.filter((one) => one.kind === "change" && one !== before && !one.attempted) : [];
  const remove = replaced.map((one) => one.id);
  if (!before) {
    const common = {
      eventId: event.id,
      series: seriesOf(event),
      calendarId: event.calendar_id,
      clientId: event.client_id,
    };
    return {
      put: [{ ...blank, ...entry, ...common, kind: "change", title, patch, scope, base: event, attempted }],
      remove,
    };
  }
  // What was refused did not arrive.
  const sent = before.state === "stopped" ? [] : before.attempted ? [...before.sent, before.patch] : before.sent;
  // Written on what is there now, it no longer argues with what was there before.
  const base = whole && !isLocal(event.id) && before.state === "stopped" ? event : before.base;
  const wanted = whole ? (base ? restoring(base, patch, sent) : patch) : joined(before.patch, patch);
  if (Object.keys(wanted).length === 0) return { put: [], remove: [...remove, before.id] };
  return {
    put: [again({ ...before, patch: wanted, sent, base, title, attempted: before.attempted || attempted })],
    remove,
  };
}

export interface Response {
  event: Event;
  response: Answer;
  attempted: boolean;
}

/** The last answer counts: earlier ones that are not under way are not sent. */
export function answer(all: readonly Waiting[], entry: NewEntry, { event, response, attempted }: Response): Step {
  const earlier = open(all, event.id).filter((one) => one.kind === "answer" && one.state !== "sending");
  const about = {
    eventId: event.id,
    series: seriesOf(event),
    calendarId: event.calendar_id,
    clientId: event.client_id,
    title: event.title,
    base: event,
  };
  return {
    put: [{ ...blank, ...entry, ...about, kind: "answer", response, notify: "all", attempted }],
    remove: earlier.map((one) => one.id),
  };
}

export interface Deletion {
  event: Event;
  scope: Scope | null;
  notify: Notify;
  attempted: boolean;
}

export function remove(all: readonly Waiting[], entry: NewEntry, made: Deletion): Step {
  const { event, scope, notify, attempted } = made;
  const mine = open(all, event.id);
  const birth = mine.find((one) => one.kind === "create");
  // What never left this browser leaves no trace.
  if (birth && !birth.attempted) return { put: [], remove: mine.map((one) => one.id) };
  const moot = mine.filter((one) => one.kind !== "create");
  const unsure = moot.filter((one) => one.attempted && one.state !== "stopped");
  const sent = unsure.flatMap((one) => [...one.sent, one.patch]);
  const base = unsure[0]?.base ?? (isLocal(event.id) ? null : event);
  const common = {
    eventId: event.id,
    series: seriesOf(event),
    calendarId: event.calendar_id,
    clientId: event.client_id,
  };
  return {
    put: [{ ...blank, ...entry, ...common, kind: "delete", title: event.title, scope, notify, base, attempted, sent }],
    remove: moot.map((one) => one.id),
  };
}

/** Edited or released by a person: it waits again. */
const again = (one: Waiting): Waiting => ({
  ...one,
  revision: one.revision + 1,
  state: one.state === "sending" ? "sending" : "waiting",
  stop: null,
});

/** Discarding the making of an event discards what was to be changed of it. */
export function discard(all: readonly Waiting[], id: string): Step {
  const gone = all.find((one) => one.id === id);
  if (!gone) return { put: [], remove: [] };
  const ride = gone.kind === "create" ? open(all, gone.eventId) : [gone];
  return { put: [], remove: ride.map((one) => one.id) };
}

/** Sends a stopped entry again; when somebody else's change is known, over it. */
export function insist(all: readonly Waiting[], id: string): Step {
  const one = all.find((entry) => entry.id === id && entry.state === "stopped");
  if (!one) return { put: [], remove: [] };
  return { put: [again({ ...one, base: one.stop?.current ?? one.base })], remove: [] };
}

/** An entry was carried out; what follows on the same event follows from its result. */
export function settle(all: readonly Waiting[], sent: Waiting, result: Event | null): Step {
  const now = all.find((one) => one.id === sent.id);
  const followers = all.filter((one) => one.id !== sent.id && one.eventId === sent.eventId && one.state !== "done");
  const put = followers.map((one) =>
    result ? { ...one, eventId: result.id, series: seriesOf(result), base: result } : one,
  );
  if (!now) return { put, remove: [] };
  const edited = now.revision !== sent.revision;
  if (!edited || !result) return { put: [...put, { ...now, state: "done", result }], remove: [] };
  // It was changed while it was under way: the rest goes on top of what arrived.
  const rest: Waiting = { ...now, kind: "change", eventId: result.id, series: seriesOf(result), base: result };
  return { put: [...put, { ...rest, body: null, attempted: false, sent: [], state: "waiting" }], remove: [] };
}
