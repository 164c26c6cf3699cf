// What happens is told by the service as it happens, and what shows it is read again. One tab listens for all tabs of this
// browser: a stream holds a connection, and browsers have few. Without a stream, views ask every half minute as before.
import type { QueryClient } from "@tanstack/react-query";
import { connection, onConnection, suspect } from "./connection";
import { refresh } from "./query";

/** What shows a kind of thing. Unknown kinds concern everything. */
const SHOWN: Record<string, string[]> = {
  event: ["events", "dashboard", "mappings", "conflicts", "availability"],
  calendar: ["calendars", "events", "dashboard", "sync-log"],
  client: ["clients", "dashboard"],
  credential: ["credentials", "dashboard", "quota"],
  conflict: ["conflicts", "mappings", "events"],
  mapping: ["mappings", "events", "bookings"],
  service: ["services", "availability"],
  staff: ["staff", "availability"],
  closure: ["closures", "availability"],
  customer: ["customers"],
  booking_policy: ["clients", "availability"],
  booking: ["bookings", "availability", "dashboard"],
  operation: ["operations"],
  template: ["templates"],
};
const EVERYTHING = [...new Set(Object.values(SHOWN).flat())];
/** Many changes come together: they are one reason to read again. */
const PAUSE_MS = 400;
/** A service that has no stream, or no place for one more, is asked again that late. */
const AGAIN_MS = 60_000;
const PATH = "/api/v1/stream";

let live = false;
/** How often a view asks by itself. */
export const pollEvery = (): number => (live ? 300_000 : 30_000);

type Word = { kinds: string[] } | { live: boolean };

/** Begins to listen. Returns the way to stop. */
export function listen(queries: QueryClient, isSignedIn: () => boolean): () => void {
  const others = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("cs.live");
  const ending = new AbortController();
  const due = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const changed = (kinds: readonly string[]) => {
    for (const kind of kinds) due.add(kind);
    timer ??= setTimeout(() => {
      timer = undefined;
      const paths = [...due].flatMap((kind) => SHOWN[kind] ?? EVERYTHING);
      due.clear();
      void refresh(queries, ...new Set(paths.map((path) => `/api/v1/${path}`)));
    }, PAUSE_MS);
  };
  const hear = (word: Word) => {
    if ("live" in word) live = word.live;
    else changed(word.kinds);
  };
  const tell = (word: Word) => {
    hear(word);
    others?.postMessage(word);
  };
  others?.addEventListener("message", ({ data }: MessageEvent<Word>) => hear(data));

  /** Follows the stream until this tab ends. */
  const follow = () =>
    new Promise<void>((resolve) => {
      let source: EventSource | null = null;
      let again: ReturnType<typeof setTimeout> | undefined;
      const close = () => {
        clearTimeout(again);
        source?.close();
        source = null;
        if (live) tell({ live: false });
      };
      const open = () => {
        close();
        if (ending.signal.aborted) return;
        if (!isSignedIn() || !connection().reachable) {
          again = setTimeout(open, 1_000);
          return;
        }
        source = new EventSource(PATH);
        source.addEventListener("hello", () => tell({ live: true }));
        // What happened since the views first read was told to nobody. (A stream that comes back tells it itself.)
        source.addEventListener("hello", () => tell({ kinds: ["anything"] }), { once: true });
        source.addEventListener("change", (event) => tell({ kinds: [kindOf(event.data)] }));
        source.addEventListener("expired", () => tell({ kinds: ["anything"] }));
        source.addEventListener("bye", () => {
          close();
          again = setTimeout(open, AGAIN_MS);
          // The session may have ended: the next answer says so.
          changed(["anything"]);
        });
        source.addEventListener("error", () => {
          if (live) tell({ live: false });
          suspect();
          // Refused, the browser gives up; broken off, it comes back by itself and misses nothing.
          if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
        });
      };
      const stop = onConnection(() => {
        if (connection().reachable && (!source || source.readyState === EventSource.CLOSED)) open();
      });
      ending.signal.addEventListener("abort", () => {
        stop();
        close();
        resolve();
      });
      open();
    });

  if (typeof EventSource !== "undefined") {
    const turn = navigator.locks?.request("cs.live", { signal: ending.signal }, follow) ?? follow();
    // Stopped while another tab listened.
    turn.catch(() => {});
  }
  return () => {
    ending.abort();
    clearTimeout(timer);
    others?.close();
  };
}

function kindOf(text: string): string {
  try {
    return String((JSON.parse(text) as { kind?: unknown }).kind ?? "anything");
  } catch {
    return "anything";
  }
}
