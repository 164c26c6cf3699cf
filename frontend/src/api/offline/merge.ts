// What a change made without the service means once the event there may have changed too. Field by field.
import type { Event, EventIn } from "../types";

export type Patch = Partial<EventIn>;
type Fields = Record<string, unknown>;

const moment = (at: { date?: string | null; date_time?: string | null; time_zone?: string | null }) =>
  at.date ? { date: at.date } : { date_time: at.date_time, time_zone: at.time_zone };

/** An event in the terms changes are made in, so that the two can be compared. */
function fieldsOf(event: Event): Fields {
  return {
    title: event.title,
    description: event.description || null,
    location: event.location || null,
    start: moment(event.start),
    end: moment(event.end),
    recurrence: event.recurrence,
    attendees: event.attendees.map(({ email, name, optional }) => ({ email, name: name || null, optional })),
    reminders: { use_default: event.reminders.use_default, overrides: event.reminders.overrides ?? [] },
    visibility: event.visibility,
    transparency: event.transparency,
    status: event.status,
    colour: event.colour,
    metadata: event.metadata,
  };
}

/** Own data is merged key by key; `null` removes one (RFC 7396). */
function mergeMetadata(old: unknown, change: Record<string, string | null>): Record<string, string> {
  const merged = { ...(old as Record<string, string | null>), ...change };
  return Object.fromEntries(Object.entries(merged).filter((pair): pair is [string, string] => pair[1] !== null));
}

function applied(before: Fields, patch: Patch): Fields {
  const { notify: _, ...fields } = patch;
  const next: Fields = { ...before, ...fields };
  if (patch.start) next.start = moment(patch.start);
  if (patch.end) next.end = moment(patch.end);
  if (patch.metadata) next.metadata = mergeMetadata(before.metadata, patch.metadata);
  return next;
}

/** A later change on top of an earlier one, both from the same state. */
export function joined(earlier: Patch, later: Patch): Patch {
  const next = { ...earlier, ...later };
  if (earlier.metadata && later.metadata) next.metadata = { ...earlier.metadata, ...later.metadata };
  return next;
}

/** The body of an event that is not made yet, changed. */
export function changedBody(body: EventIn, patch: Patch): EventIn {
  const next = { ...body, ...patch };
  if (patch.metadata) next.metadata = mergeMetadata(body.metadata ?? {}, patch.metadata);
  return next;
}

/** Keys in one order, absent and undefined alike. */
const canonical = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(canonical)
    : value !== null && typeof value === "object"
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([, inner]) => inner !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, canonical(inner)]),
        )
      : value;
const same = (a: unknown, b: unknown) => JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));

export type Meeting =
  /** It is as the change wants it: the change arrived before, or somebody did the same. */
  | { kind: "done" }
  /** Nobody else touched these fields: the change holds on top of what is there now. */
  | { kind: "again" }
  /** Somebody else changed the same fields to something else. */
  | { kind: "conflict"; fields: string[] };

/**
 * Three-way: what the person saw, what they want of it, what is there now.
 * @param sent earlier versions of the same change that may have arrived.
 */
export function meet(base: Event, patch: Patch, sent: readonly Patch[], current: Event): Meeting {
  const was = fieldsOf(base);
  const now = fieldsOf(current);
  const want = applied(was, patch);
  const ours = sent.map((one) => applied(was, one));
  const open = Object.keys(patch).filter((key) => key !== "notify" && !same(now[key], want[key]));
  const fields = open.filter((key) => !same(now[key], was[key]) && !ours.some((one) => same(now[key], one[key])));
  if (open.length === 0) return { kind: "done" };
  return fields.length > 0 ? { kind: "conflict", fields } : { kind: "again" };
}

/** Whether nobody but the person, by versions of a change that may have arrived, made the one into the other. */
export function looksSame(base: Event, sent: readonly Patch[], current: Event): boolean {
  const was = fieldsOf(base);
  const now = fieldsOf(current);
  const ours = [was, ...sent.map((one) => applied(was, one))];
  return Object.keys(now).every((key) => ours.some((one) => same(one[key], now[key])));
}

/** The fields of a change whose first version may have arrived: what was taken back must be said too. */
export function restoring(base: Event, patch: Patch, sent: readonly Patch[]): Patch {
  const was = fieldsOf(base) as Patch;
  const back = sent.flatMap((one) => Object.keys(one)).filter((key) => key !== "notify" && !(key in patch));
  return { ...Object.fromEntries(back.map((key) => [key, was[key as keyof Patch]])), ...patch };
}
