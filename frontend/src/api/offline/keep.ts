// Answers outlive the page: what was read last is written down, and recalled only while the service cannot be reached,
// so that a reload with a connection is as fresh as ever.
import { hashKey, type Query, type QueryClient } from "@tanstack/react-query";
import { connection, onConnection } from "../connection";
import type { Me } from "../types";
import { belongsTo, database, type Kept } from "./database";

/** What people read. Settings and keys are not among it. */
const KEPT = ["clients", "calendars", "credentials", "events", "dashboard", "providers", "setup"].map(
  (name) => `/api/v1/${name}`,
);
const SESSION = "session";
const MOST = 300;
const OLDEST_MS = 30 * 86_400_000;
const PAUSE_MS = 300;

const isKept = (key: readonly unknown[]): boolean =>
  key[0] === SESSION ||
  (key[0] === "get" && KEPT.some((path) => key[1] === path || String(key[1]).startsWith(`${path}/`)));

/** The token for writes is a secret of the session; a new one comes with the connection. */
const withoutSecrets = (key: readonly unknown[], data: unknown): unknown =>
  key[0] === SESSION ? { ...(data as Me), csrf_token: null } : data;

export interface Recalled<T> {
  data: T;
  at: number;
}

/** What was kept under a query's key; `null` when there is nothing, or no storage. */
export async function recall<T>(key: readonly unknown[]): Promise<Recalled<T> | null> {
  const db = await database().catch(() => null);
  const kept = await db?.get("answers", hashKey(key)).catch(() => null);
  return kept ? { data: kept.data as T, at: kept.at } : null;
}

/** Everything that was kept below a path. */
export async function recallAll(path: string): Promise<Kept[]> {
  const db = await database().catch(() => null);
  const all = (await db?.getAll("answers").catch(() => [])) ?? [];
  return all.filter(({ key }) => typeof key[1] === "string" && key[1].startsWith(path));
}

/** Who was signed in when the service last answered. */
export const recallSession = async (): Promise<Me | null> => (await recall<Me>([SESSION]))?.data ?? null;

async function write(queries: readonly Query[]): Promise<void> {
  const db = await database();
  const all = db.transaction("answers", "readwrite");
  for (const { queryHash: hash, queryKey: key, state } of queries) {
    if (state.data === undefined) continue;
    void all.store.put({ hash, key, data: withoutSecrets(key, state.data), at: state.dataUpdatedAt });
  }
  await all.done;
}

async function tidy(): Promise<void> {
  const db = await database();
  const all = db.transaction("answers", "readwrite");
  let spare = (await all.store.count()) - MOST;
  for (let at = await all.store.index("at").openCursor(); at; at = await at.continue()) {
    if (spare-- <= 0 && at.value.at > Date.now() - OLDEST_MS) break;
    if (at.value.key[0] !== SESSION) await at.delete();
  }
  await all.done;
}

/** Begins to keep and, without a connection, to recall. Returns the way to stop. */
export function keepAnswers(queries: QueryClient): () => void {
  const changed = new Map<string, Query>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let person: string | null = null;
  let owned = Promise.resolve();
  const cache = queries.getQueryCache();

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = [...changed.values()];
    changed.clear();
    // Without storage nothing is kept; that is all.
    if (batch.length > 0) void owned.then(() => write(batch)).catch(() => {});
  };
  const signedIn = (me: Me | null) => {
    if (me) {
      const next = me.user?.id ?? me.tenant.id;
      // Somebody else in the same page: nothing of the one before is shown, in memory neither.
      if (person !== null && person !== next) {
        changed.clear();
        queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION });
      }
      if (person !== next) owned = belongsTo(next);
      person = next;
      return;
    }
    // The answers stay for the same person's return; who is signed in must not be recalled.
    changed.clear();
    void database()
      .then((db) => db.delete("answers", hashKey([SESSION])))
      .catch(() => {});
  };
  const fill = async (query: Query) => {
    if (query.state.data !== undefined || !isKept(query.queryKey) || query.queryKey[0] === SESSION) return;
    const kept = (await recall(query.queryKey)) ?? (await query.meta?.recall?.()) ?? null;
    if (kept && query.state.data === undefined) {
      queries.setQueryData(query.queryKey, kept.data, { updatedAt: kept.at });
      // Old by definition: ask as soon as somebody answers.
      void queries.invalidateQueries({ queryKey: query.queryKey, exact: true, refetchType: "none" });
    }
  };

  const stopWatching = cache.subscribe((event) => {
    if (!isKept(event.query.queryKey)) return;
    if (event.type === "added" && !connection().reachable) void fill(event.query);
    if (event.type !== "updated" || event.action.type !== "success") return;
    if (event.query.queryKey[0] === SESSION) signedIn(event.query.state.data as Me | null);
    // Recalled, or put there by hand before the service agreed.
    if (event.action.manual && event.query.queryKey[0] !== SESSION) return;
    if (!connection().reachable || event.query.state.data === null) return;
    changed.set(event.query.queryHash, event.query);
    timer ??= setTimeout(flush, PAUSE_MS);
  });
  const stopListening = onConnection(() => {
    if (connection().reachable) {
      // Also who is signed in: recalled, it may have ended meanwhile.
      void queries.invalidateQueries({ queryKey: [SESSION] });
      void queries.refetchQueries(
        { type: "active", stale: true, predicate: (query) => !query.meta?.still },
        { cancelRefetch: false },
      );
    } else for (const query of cache.getAll()) void fill(query);
  });
  const hidden = () => document.visibilityState === "hidden" && flush();
  document.addEventListener("visibilitychange", hidden);
  const tidying = setTimeout(() => void tidy().catch(() => {}), 10_000);
  return () => {
    flush();
    clearTimeout(tidying);
    stopWatching();
    stopListening();
    document.removeEventListener("visibilitychange", hidden);
  };
}
