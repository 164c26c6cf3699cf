import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { listen, pollEvery } from "./live";

class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static open: Stream[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Stream.open.push(this);
  }
  say(word: string, data: object = {}) {
    this.dispatchEvent(new MessageEvent(word, { data: JSON.stringify(data) }));
  }
  close() {
    this.readyState = Stream.CLOSED;
  }
}

const queries = new QueryClient();
let stop: () => void = () => {};
let read: string[] = [];

/** The views have read what they show. */
const shown = () => {
  for (const path of ["events", "clients", "conflicts"]) queries.setQueryData(["get", `/api/v1/${path}`], []);
  read = [];
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}")));
  Stream.open = [];
  shown();
  const stopWatching = queries.getQueryCache().subscribe((event) => {
    if (event.type === "updated" && event.action.type === "invalidate") read.push(String(event.query.queryKey[1]));
  });
  const stopListening = listen(queries, () => true);
  stop = () => {
    stopWatching();
    stopListening();
  };
});

afterEach(() => {
  stop();
  queries.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const stream = (): Stream => {
  const [one] = Stream.open.slice(-1);
  if (!one) throw new Error("nobody listens");
  return one;
};

it("many changes at once are one reason to read again, and only what shows them is read", async () => {
  stream().say("hello", { position: 1 });
  await vi.advanceTimersByTimeAsync(1_000);
  shown();
  for (let n = 0; n < 20; n++) stream().say("change", { kind: "event", seq: n });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(read.sort()).toEqual(["/api/v1/conflicts", "/api/v1/events"]);
});

it("what happened before the stream spoke for the first time is read again, once", async () => {
  const everything = ["/api/v1/clients", "/api/v1/conflicts", "/api/v1/events"];
  stream().say("hello", { position: 1 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(read.sort()).toEqual(everything);
  shown();
  stream().dispatchEvent(new Event("error"));
  stream().say("hello", { position: 1 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(read, "it goes on where it was").toEqual([]);
});

it("views ask seldom while the stream speaks, and often when it is broken", () => {
  expect(pollEvery()).toBe(30_000);
  stream().say("hello");
  expect(pollEvery()).toBe(300_000);
  stream().dispatchEvent(new Event("error"));
  expect(pollEvery()).toBe(30_000);
  stream().say("hello");
  expect(pollEvery()).toBe(300_000);
});

it("a service without a stream is asked again later, not at once", async () => {
  stream().close();
  Stream.open[0]?.dispatchEvent(new Event("error"));
  await vi.advanceTimersByTimeAsync(50_000);
  expect(Stream.open).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(Stream.open).toHaveLength(2);
});

it("what was missed for good, and words nobody knows, mean that everything is read again", async () => {
  stream().say("expired", { position: 9 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(read.sort()).toEqual(["/api/v1/clients", "/api/v1/conflicts", "/api/v1/events"]);
});
