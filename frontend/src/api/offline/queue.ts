// Changes that wait for the service, kept in this browser's database and shared by its tabs.
import { useSyncExternalStore } from "react";
import { ApiError } from "../error";
import type { Event } from "../types";
import { database, onForgotten } from "./database";
import type { Change, Creation, Deletion, NewEntry, Response, Step, Waiting } from "./rules";
import * as rules from "./rules";

let entries: readonly Waiting[] = [];
const listeners = new Set<() => void>();
/** Events that were made in this browser, under the id they had here: a page may still show it. */
const born = new Map<string, Event>();
const others = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("cs.waiting");
others?.addEventListener("message", () => void readQueue());

onForgotten(() => {
  void readQueue();
  others?.postMessage(null);
});

const publish = (all: Waiting[]) => {
  for (const one of all) {
    if (one.kind === "create" && one.result) born.set(one.eventId, one.result);
  }
  entries = all.sort((a, b) => a.order - b.order);
  for (const listener of listeners) listener();
};

let firstRead: Promise<readonly Waiting[]> | null = null;
/** Resolves when what was written down at the last visit is known. */
export const queueRead = (): Promise<readonly Waiting[]> => {
  firstRead ??= readQueue();
  return firstRead;
};

/** Reads what is written down; once at the start, and when another tab has written. */
export async function readQueue(): Promise<readonly Waiting[]> {
  const db = await database().catch(() => null);
  publish((await db?.getAll("changes")) ?? []);
  return entries;
}

/** One step at a time over all tabs: read and written in one transaction. @throws when storage is refused. */
export async function step(rule: (all: readonly Waiting[]) => Step): Promise<void> {
  const db = await database().catch(() => {
    throw new ApiError({
      code: "offline",
      title: "Not kept",
      detail: "The service cannot be reached, and this browser does not allow keeping the change until it can.",
      action: "Leave this open and save again when there is a connection.",
    });
  });
  const all = db.transaction("changes", "readwrite");
  const { put, remove } = rule((await all.store.getAll()).sort((a, b) => a.order - b.order));
  for (const id of remove) void all.store.delete(id);
  for (const one of put) void all.store.put(one);
  await all.done;
  await readQueue();
  others?.postMessage(null);
}

const entry = (all: readonly Waiting[], id: string = crypto.randomUUID()): NewEntry => ({
  id,
  order: Math.max(0, ...all.map((one) => one.order)) + 1,
  since: new Date().toISOString(),
});

/** @param key the Idempotency-Key, if it was sent with it already. Returns the id it has until it is made. */
export async function waitToCreate(made: Creation, key: string = crypto.randomUUID()): Promise<string> {
  await step((all) => rules.create(entry(all, key), made));
  return `local_${key}`;
}
export const waitToChange = (made: Change): Promise<void> =>
  step((all) => rules.change(all, entry(all), { ...made, event: nameOf(made.event) }));
export const waitToAnswer = (made: Response): Promise<void> =>
  step((all) => rules.answer(all, entry(all), { ...made, event: nameOf(made.event) }));
export const waitToDelete = (made: Deletion): Promise<void> =>
  step((all) => rules.remove(all, entry(all), { ...made, event: nameOf(made.event) }));
export const discard = (id: string): Promise<void> => step((all) => rules.discard(all, id));
export const insist = (id: string): Promise<void> => step((all) => rules.insist(all, id));

/** Entries that were not carried out yet. */
export const waiting = (): readonly Waiting[] => entries;
export const isWaiting = (event: Pick<Event, "id">): boolean =>
  entries.some((one) => one.eventId === event.id && one.state !== "done");
/** The event as the service knows it by now, when it was made here. */
export const bornAs = (eventId: string): Event | undefined => born.get(eventId);
const nameOf = (event: Event): Event => born.get(event.id) ?? event;

export function onWaiting(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export const useWaiting = (): readonly Waiting[] => useSyncExternalStore(onWaiting, waiting);
