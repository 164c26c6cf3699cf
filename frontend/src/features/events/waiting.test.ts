import { describe, expect, it } from "vitest";
import type { Waiting } from "@/api/offline/rules";
import type { Event } from "@/api/types";
import { bodyAsEvent, byStart, overlay, waitingOf, withWaiting } from "./waiting";

const at = (day: string, hour: number) => ({
  date_time: `${day}T${String(hour).padStart(2, "0")}:00:00`,
  time_zone: "Europe/Berlin",
});
const body = (title: string, day: string, hour = 9) => ({ title, start: at(day, hour), end: at(day, hour + 1) });
const event = (id: string, day: string, more: object = {}): Event => ({
  ...bodyAsEvent(body("Visit", day), { id, calendar_id: "cal_1", client_id: "cli_1", provider: "google" }),
  ...more,
});
const entry = (more: Partial<Waiting>): Waiting => ({
  id: "1",
  order: 1,
  since: "2026-11-21T12:00:00Z",
  kind: "change",
  eventId: "evt_1",
  series: "evt_1",
  calendarId: "cal_1",
  clientId: "cli_1",
  title: "Visit",
  body: null,
  patch: {},
  scope: null,
  notify: "none",
  base: null,
  attempted: false,
  sent: [],
  revision: 1,
  state: "waiting",
  stop: null,
  result: null,
  ...more,
});
const view = { from: "2027-03-01T00:00:00Z", to: "2027-03-08T00:00:00Z", calendarOf: () => undefined };

describe("what waits is shown as if it were done", () => {
  it("a new event stands in its range and client, marked, and only there", () => {
    const made = entry({ kind: "create", eventId: "local_1", series: "local_1", body: body("New", "2027-03-02") });
    const [shown] = overlay([], [made], view);
    expect(shown).toMatchObject({ id: "local_1", title: "New", start: { utc: "2027-03-02T08:00:00Z" } });
    expect(shown && waitingOf(shown)?.id).toBe("1");
    expect(overlay([], [made], { ...view, client: "cli_2" })).toEqual([]);
    expect(overlay([], [made], { ...view, from: "2027-03-05T00:00:00Z" })).toEqual([]);
    expect(overlay([], [made], { ...view, q: "other" })).toEqual([]);
  });

  it("a new event that has been read from the service is not shown twice", () => {
    const there = event("evt_9", "2027-03-02");
    const made = entry({
      kind: "create",
      eventId: "local_1",
      body: body("New", "2027-03-02"),
      state: "done",
      result: there,
    });
    expect(overlay([there], [made], view).map((one) => one.id)).toEqual(["evt_9"]);
  });

  it("a moved event stands at its new time in order; a deleted one is gone", () => {
    const events = [event("evt_1", "2027-03-02"), event("evt_2", "2027-03-03"), event("evt_3", "2027-03-04")];
    const moved = entry({ patch: { start: at("2027-03-05", 9), end: at("2027-03-05", 10) }, base: events[0] });
    const gone = entry({ id: "2", kind: "delete", eventId: "evt_2", series: "evt_2", base: events[1] });
    expect(byStart(overlay(events, [moved, gone], view)).map((one) => one.id)).toEqual(["evt_3", "evt_1"]);
  });

  it("own data is merged by key, and null takes a key away", () => {
    const one = event("evt_1", "2027-03-02", { metadata: { a: "1", b: "2" } });
    const shown = withWaiting(one, [entry({ patch: { metadata: { b: null, c: "3" } as never }, base: one })]);
    expect(shown?.metadata).toEqual({ a: "1", c: "3" });
  });
});

describe("a change of a series", () => {
  const dates = ["2027-03-01", "2027-03-02", "2027-03-03"];
  const events = dates.map((day) => event(`evt_1_${day}`, day, { recurring_event_id: "evt_1" }));
  const base = events[1] as Event;
  const change = (scope: Waiting["scope"]) =>
    entry({
      eventId: base.id,
      scope,
      base,
      patch: { title: "Call", start: at("2027-03-02", 11), end: at("2027-03-02", 12) },
    });
  const shown = (scope: Waiting["scope"]) =>
    overlay(events, [change(scope)], view).map(
      (one) => `${one.title} ${(one.start as { date_time: string }).date_time}`,
    );

  it("of one date leaves the others", () => {
    expect(shown("this")).toEqual([
      "Visit 2027-03-01T09:00:00",
      "Call 2027-03-02T11:00:00",
      "Visit 2027-03-03T09:00:00",
    ]);
  });
  it("of this and later dates moves those by as much", () => {
    expect(shown("this_and_following")).toEqual([
      "Visit 2027-03-01T09:00:00",
      "Call 2027-03-02T11:00:00",
      "Call 2027-03-03T11:00:00",
    ]);
  });
  it("of all dates moves all by as much", () => {
    expect(shown("all")).toEqual(["Call 2027-03-01T11:00:00", "Call 2027-03-02T11:00:00", "Call 2027-03-03T11:00:00"]);
  });
});

it("an answer is shown as given, of the one date it was given for", () => {
  const guests = [
    { email: "dana@example.com", response: "needs_action", self: true },
    { email: "bob@example.com", response: "accepted", self: false },
  ];
  const invited = event("evt_1", "2027-03-02", { attendees: guests });
  const other = event("evt_2", "2027-03-03", { attendees: guests });
  const said = entry({ kind: "answer", response: "declined", base: invited });
  expect(overlay([invited, other], [said], view).map((one) => one.attendees.map((guest) => guest.response))).toEqual([
    ["declined", "accepted"],
    ["needs_action", "accepted"],
  ]);
});
