// Sends what waits, in order, one tab at a time. An entry that is refused stops with its series; the others go on.
import { api } from "../client";
import { connection, onConnection } from "../connection";
import { type ApiError, toApiError } from "../error";
import type { Event } from "../types";
import { looksSame, meet } from "./merge";
import { onWaiting, readQueue, step, waiting } from "./queue";
import { isLocal, type Stop, settle, type Waiting } from "./rules";

/** What came of sending one entry. */
export type Outcome =
  | { kind: "done"; event: Event | null }
  | { kind: "stopped"; stop: Stop }
  /** Nobody answered, or nobody is signed in: nothing can be sent now. */
  | { kind: "away" }
  /** The service asks for patience. */
  | { kind: "later"; ms: number };

/** Sends an entry once, exactly as it stands. Throws an `ApiError` when it is refused. */
export type Send = (one: Waiting) => Promise<Event | null>;

/** The service may move on while we look; more often than this it is a conflict for a person. */
const TRIES = 4;
const LATER_MS = 5_000;
const LONGEST_MS = 60_000;

const send: Send = async ({ id, kind, eventId, calendarId, body, patch, response, scope, notify, base }) => {
  const event = { path: { id: eventId }, header: { "If-Match": base?.etag ?? "*" } };
  switch (kind) {
    case "create": {
      if (!body) return null;
      const params = { path: { id: calendarId }, header: { "Idempotency-Key": id } };
      return (await api.POST("/api/v1/calendars/{id}/events", { params, body })).data ?? null;
    }
    case "change": {
      const params = { ...event, query: { scope: scope ?? undefined } };
      return (await api.PATCH("/api/v1/events/{id}", { params, body: patch as never })).data ?? null;
    }
    case "answer": {
      if (!response) return null;
      const params = { path: { id: eventId }, header: { "Idempotency-Key": id } };
      return (await api.POST("/api/v1/events/{id}/rsvp", { params, body: { response, notify } })).data ?? null;
    }
    case "delete": {
      await api.DELETE("/api/v1/events/{id}", { params: { ...event, query: { scope: scope ?? undefined, notify } } });
      return null;
    }
  }
};

const stopOf = (error: ApiError, more: Partial<Stop> = {}): Outcome => ({
  kind: "stopped",
  stop: {
    title: error.title,
    detail: [error.detail, ...error.errors.map((one) => one.detail)].join(" "),
    action: error.action,
    requestId: error.requestId,
    current: null,
    fields: [],
    ...more,
  },
});

/** Carries one entry out, whatever stands in the way that no person needs to decide. */
export async function carryOut(entry: Waiting, once: Send): Promise<Outcome> {
  let one = entry;
  for (let tries = 1; ; tries++) {
    try {
      return { kind: "done", event: await once(one) };
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.code === "offline" || error.status === 401) return { kind: "away" };
      if (one.kind === "delete" && (error.status === 404 || error.status === 410)) return { kind: "done", event: null };
      const current = error.status === 412 ? (error.current as Event | undefined) : undefined;
      if (current && one.base && tries < TRIES) {
        if (one.kind === "delete" && !looksSame(one.base, one.sent, current)) {
          return stopOf(error, { title: "Changed by somebody else", current });
        }
        const met = one.kind === "change" ? meet(one.base, one.patch, one.sent, current) : { kind: "again" as const };
        if (met.kind === "done") return { kind: "done", event: current };
        if (met.kind === "conflict") {
          return stopOf(error, { title: "Changed by somebody else", current, fields: met.fields });
        }
        // The same change on what is there now: its fields were left alone by others.
        one = { ...one, base: { ...one.base, etag: current.etag } };
        continue;
      }
      if (error.code === "request_in_progress" || error.status === 429 || error.retryable || error.retryAfterSeconds) {
        return { kind: "later", ms: (error.retryAfterSeconds ?? 0) * 1000 };
      }
      return stopOf(error, { current: current ?? null });
    }
  }
}

const mark = (id: string, change: Partial<Waiting>) =>
  step((all) => ({ put: all.filter((one) => one.id === id).map((one) => ({ ...one, ...change })), remove: [] }));

/** What to send next: the first that does not wait for a stopped one of its series. */
export function nextOf(all: readonly Waiting[]): Waiting | undefined {
  const blocked = new Set<string>();
  for (const one of all) {
    if (one.state === "done") continue;
    if (one.state === "stopped" || (isLocal(one.eventId) && one.kind !== "create")) blocked.add(one.series);
    if (!blocked.has(one.series)) return one;
  }
  return undefined;
}

export interface Drain {
  send?: Send;
  /** Something arrived: what is on screen must be read again before the entry goes. */
  onDone: () => Promise<unknown>;
}

/** Sends until nothing can be sent. Returns how long to wait before trying again; `null`: until something happens. */
export async function drain({ send: once = send, onDone }: Drain): Promise<number | null> {
  let all = await readQueue();
  let arrived = all.some((one) => one.state === "done");
  let wait: number | null = null;
  for (let one = nextOf(all); one; one = nextOf(all)) {
    // Before it is sent: if this page dies now, the next one knows that it may have arrived.
    await mark(one.id, { state: "sending", attempted: true });
    const sent: Waiting = { ...one, attempted: true };
    const outcome = await carryOut(sent, once);
    if (outcome.kind === "done") {
      arrived = true;
      await step((now) => settle(now, sent, outcome.event));
    } else if (outcome.kind === "stopped") {
      await mark(one.id, { state: "stopped", stop: outcome.stop });
    } else {
      await mark(one.id, { state: "waiting" });
      if (outcome.kind === "later") wait = outcome.ms;
      break;
    }
    all = waiting();
  }
  if (arrived) {
    await onDone();
    await step((now) => ({ put: [], remove: now.filter((one) => one.state === "done").map((one) => one.id) }));
  }
  return wait;
}

/** One tab at a time; `null` when another one is at it. Without locks the key and the etag still let nothing happen twice. */
const alone = async <T>(work: () => Promise<T>): Promise<T | null> =>
  navigator.locks
    ? await navigator.locks.request("cs.drain", { ifAvailable: true }, async (lock) => (lock ? await work() : null))
    : work();

/** Drains whenever something waits and the service answers. Returns the way to stop. */
export function keepDraining(options: Drain & { isSignedIn: () => boolean }): () => void {
  let running = false;
  let patience = LATER_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = async () => {
    clearTimeout(timer);
    const due = waiting().some((one) => one.state === "done") || nextOf(waiting()) !== undefined;
    if (running || !due || !connection().reachable) return;
    if (!options.isSignedIn()) {
      timer = setTimeout(run, LATER_MS);
      return;
    }
    running = true;
    const wait = await alone(() => drain(options)).catch(() => null);
    running = false;
    // Asked for patience again and again, it is given more and more of it.
    patience = wait === null ? LATER_MS : Math.min(patience * 2, LONGEST_MS);
    if (nextOf(waiting())) timer = setTimeout(run, wait || patience);
  };
  const stops = [onWaiting(() => void run()), onConnection(() => void run())];
  void readQueue().then(run);
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}
