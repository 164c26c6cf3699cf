// Whether the service answers. Every request tells it; while none is answered, it asks by itself, ever less often.
import { useSyncExternalStore } from "react";

export interface Connection {
  reachable: boolean;
  /** When it was noticed that nobody answers. */
  since: number | null;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

let now: Connection = { reachable: true, since: null };
let attempt = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function become(next: Connection): void {
  now = next;
  for (const listener of listeners) listener();
}

/** A proxy in front of a service that is down answers for it. The service's own 503 says why, as a problem document. */
export const isProxyFor = (response: Response): boolean =>
  [502, 503, 504].includes(response.status) && !response.headers.get("content-type")?.includes("problem+json");

async function probe(): Promise<void> {
  try {
    const response = await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (!isProxyFor(response)) return found();
  } catch {
    // As before.
  }
  if (!now.reachable) later();
}

function later(): void {
  clearTimeout(timer);
  const longest = Math.min(FIRST_MS * 2 ** attempt++, LONGEST_MS);
  // Many browsers that lost one service must not return in step.
  timer = setTimeout(() => void probe(), longest * (0.5 + Math.random() / 2));
}

/** A request was not answered by the service. */
export function lost(): void {
  if (!now.reachable) return;
  attempt = 0;
  become({ reachable: false, since: Date.now() });
  later();
}

/** The service answered, whatever it said. */
export function found(): void {
  if (now.reachable) return;
  clearTimeout(timer);
  become({ reachable: true, since: null });
}

/** Something broke off: looks whether the service still answers. */
export function suspect(): void {
  if (!now.reachable) return;
  void fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(10_000) }).then(
    (response) => isProxyFor(response) && lost(),
    lost,
  );
}

/** Asks now instead of at the next turn. */
export function askNow(): void {
  clearTimeout(timer);
  attempt = 0;
  void probe();
}

export const connection = (): Connection => now;

export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useConnection = (): Connection => useSyncExternalStore(onConnection, connection);

/** Listens to the browser's own idea of a network. What it calls online need not reach us, so that is only a reason to ask. */
export function watchNetwork(): void {
  window.addEventListener("offline", lost);
  window.addEventListener("online", askNow);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && !now.reachable) askNow();
  });
  if (!navigator.onLine) lost();
}
