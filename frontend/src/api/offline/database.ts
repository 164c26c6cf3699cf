// What this browser keeps of one person: answers read last, and changes that wait for the service. Never a secret.
// It belongs to one person at a time: signing out and another person's signing in empty it.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Waiting } from "./rules";

export interface Kept {
  hash: string;
  key: readonly unknown[];
  data: unknown;
  /** When the service gave it, in milliseconds since 1970. */
  at: number;
}

export interface Kinds extends DBSchema {
  answers: { key: string; value: Kept; indexes: { at: number } };
  changes: { key: string; value: Waiting };
  owner: { key: string; value: string };
}

export type Database = IDBPDatabase<Kinds>;

let opened: Promise<Database> | null = null;

/** @throws when the browser refuses storage (some private windows). */
export function database(): Promise<Database> {
  opened ??= openDB<Kinds>("calendar-stacker", 1, {
    upgrade(db) {
      db.createObjectStore("answers", { keyPath: "hash" }).createIndex("at", "at");
      db.createObjectStore("changes", { keyPath: "id" });
      db.createObjectStore("owner");
    },
    // Another tab brings a newer shape: let it.
    blocking: () => void close(),
    terminated: () => {
      opened = null;
    },
  }).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

async function close(): Promise<void> {
  const db = await opened?.catch(() => null);
  opened = null;
  db?.close();
}

let forgotten = () => {};

/** Called when everything was forgotten. */
export function onForgotten(listener: () => void): void {
  forgotten = listener;
}

/** Forgets everything. */
export async function wipe(): Promise<void> {
  const db = await database().catch(() => null);
  if (!db) return;
  const all = db.transaction(["answers", "changes", "owner"], "readwrite");
  await Promise.all([
    all.objectStore("answers").clear(),
    all.objectStore("changes").clear(),
    all.objectStore("owner").clear(),
    all.done,
  ]);
  forgotten();
}

/** From now on everything belongs to this person; what belonged to another one goes. */
export async function belongsTo(person: string): Promise<void> {
  const db = await database().catch(() => null);
  if (!db || (await db.get("owner", "person")) === person) return;
  await wipe();
  await db.put("owner", person, "person");
}
