import { expect, test } from "vitest";
import { eventDay, eventTimes } from "./event-time";

const timed = (start: string, end: string) => ({ start: { utc: start }, end: { utc: end } });

test("an all-day event keeps its date in every zone", () => {
  for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
    expect(eventDay({ date: "2026-11-02" }, zone).day).toBe("2");
  }
});

test("a timed event belongs to the day it has in the display zone", () => {
  expect(eventDay({ utc: "2026-11-02T23:30:00Z" }, "Europe/Berlin").day).toBe("3");
});

test("the end of an all-day event is exclusive", () => {
  expect(eventTimes({ start: { date: "2026-11-02" }, end: { date: "2026-11-03" } }, "UTC")).toBe("All day");
  expect(eventTimes({ start: { date: "2026-11-02" }, end: { date: "2026-11-05" } }, "UTC")).toBe("All day, 3 days");
});

test("an event that ends on another day says which", () => {
  expect(eventTimes(timed("2026-11-02T22:00:00Z", "2026-11-03T01:00:00Z"), "UTC")).toMatch(/10:00.*Nov 3/);
  expect(eventTimes(timed("2026-11-02T09:00:00Z", "2026-11-02T09:45:00Z"), "UTC")).not.toContain("Nov");
});
