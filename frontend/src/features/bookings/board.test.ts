import { expect, test } from "vitest";
import type { Booking, Closure, WorkingHours } from "@/api/types";
import { cardsOf, closedSpans, instantAt, openSpans, putDown, shownHours, spanOf } from "./board";

const BERLIN = "Europe/Berlin";
const none = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
const hours = (part: Partial<WorkingHours>): WorkingHours => ({
  staff_id: "stf_1",
  revision: 1,
  time_zone: BERLIN,
  weekly: none,
  exceptions: [],
  ...part,
});
const booking = (id: string, start: string, end: string, staff = "stf_1") =>
  ({ id, start, end, staff: [{ id: staff, name: "Sam" }] }) as Booking;

test("hours are shown on the clock of the board, also those of the day before that cross midnight", () => {
  // 2026-12-01 is a Tuesday.
  const weekly = { ...none, monday: [{ from: "22:00", to: "02:00" }], tuesday: [{ from: "09:00", to: "17:00" }] };
  expect(openSpans(hours({ weekly }), "2026-12-01", BERLIN)).toEqual([
    { from: 0, to: 120 },
    { from: 540, to: 1020 },
  ]);
  expect(openSpans(hours({ weekly }), "2026-12-01", "UTC")).toEqual([
    { from: 0, to: 60 },
    { from: 480, to: 960 },
  ]);
});

test("an exception replaces its date, and 24:00 is midnight", () => {
  const weekly = { ...none, tuesday: [{ from: "09:00", to: "17:00" }] };
  const exceptions = [{ date: "2026-12-01", hours: [{ from: "20:00", to: "24:00" }] }];
  expect(openSpans(hours({ weekly, exceptions }), "2026-12-01", BERLIN)).toEqual([{ from: 1200, to: 1440 }]);
  const off = [{ date: "2026-12-01", hours: [] }];
  expect(openSpans(hours({ weekly, exceptions: off }), "2026-12-01", BERLIN)).toEqual([]);
});

test("whole closed days are days of the client, whatever zone is shown", () => {
  const closure = {
    name: "Christmas",
    first_day: "2026-12-24",
    last_day: "2026-12-24",
    starts_at: null,
    ends_at: null,
  };
  const all = [closure as Closure];
  expect(closedSpans(all, "2026-12-24", BERLIN, BERLIN)).toEqual([{ name: "Christmas", from: 0, to: 1440 }]);
  expect(closedSpans(all, "2026-12-23", "UTC", BERLIN)).toEqual([{ name: "Christmas", from: 1380, to: 1440 }]);
  expect(closedSpans(all, "2026-12-25", BERLIN, BERLIN)).toEqual([]);
});

test("bookings at the same time stand side by side, the others have the whole width", () => {
  const cards = cardsOf(
    [
      booking("a", "2026-12-01T08:00:00Z", "2026-12-01T10:00:00Z"),
      booking("b", "2026-12-01T08:30:00Z", "2026-12-01T09:00:00Z"),
      booking("c", "2026-12-01T09:00:00Z", "2026-12-01T09:30:00Z"),
      booking("d", "2026-12-01T12:00:00Z", "2026-12-01T13:00:00Z"),
      booking("e", "2026-12-01T12:00:00Z", "2026-12-01T13:00:00Z", "stf_2"),
    ],
    "stf_1",
    "2026-12-01",
    BERLIN,
  );
  expect(cards.map(({ booking: { id }, lane, lanes }) => [id, lane, lanes])).toEqual([
    ["a", 0, 2],
    ["b", 1, 2],
    ["c", 1, 2],
    ["d", 0, 1],
  ]);
});

test("where a card is put down is where it is shown, also on the day of a clock change", () => {
  for (const day of ["2026-12-01", "2026-10-25", "2026-03-29"]) {
    const start = instantAt(day, 10 * 60 + 15, BERLIN);
    expect(spanOf({ start, end: start }, day, BERLIN).from).toBe(615);
  }
});

test("a card moves by quarters of an hour from where it is, and stays on the board", () => {
  const shown = { from: 480, to: 1080 };
  const card = { from: 850, to: 910 };
  expect([850, 843, 857, 858, 865].map((minute) => putDown(card, minute, shown))).toEqual([850, 850, 850, 865, 865]);
  expect([0, 2000].map((minute) => putDown(card, minute, shown))).toEqual([480, 1065]);
});

test("the board shows a working day, and more where somebody works longer", () => {
  expect(shownHours([])).toEqual({ from: 480, to: 1080 });
  expect(shownHours([{ from: 430, to: 1270 }])).toEqual({ from: 420, to: 1320 });
});
