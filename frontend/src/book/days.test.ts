import { expect, test } from "vitest";
import { addDays, byDay, dayIn, length, mondayOf, notice, rangeOf, SHOWN, sameClock } from "./days";

test("an instant lies on the day that the zone's clock shows", () => {
  expect(dayIn("2026-11-24T23:30:00Z", "Europe/Berlin")).toBe("2026-11-25");
  expect(dayIn("2026-11-24T02:30:00Z", "America/New_York")).toBe("2026-11-23");
  const slots = [{ start: "2026-11-24T22:30:00Z" }, { start: "2026-11-24T23:30:00Z" }];
  expect([...byDay(slots, "Europe/Berlin").keys()]).toEqual(["2026-11-24", "2026-11-25"]);
});

test("weeks begin on Monday", () => {
  expect(mondayOf("2026-11-22")).toBe("2026-11-16");
  expect(mondayOf("2026-11-23")).toBe("2026-11-23");
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
});

test("what is asked for covers the days in every zone, begins now at the earliest, and is not too long", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  const { from, to } = rangeOf("2026-11-23", now);
  for (const zone of ["Pacific/Kiritimati", "Etc/GMT+12"]) {
    expect(dayIn(from, zone) <= "2026-11-23").toBe(true);
    expect(dayIn(to, zone) > addDays("2026-11-23", SHOWN - 1)).toBe(true);
  }
  expect(Date.parse(to) - Date.parse(from)).toBeLessThan(32 * 86_400_000);
  expect(rangeOf("2026-11-16", now).from).toBe("2026-11-22T12:00:00.000Z");
});

test("lengths and notice are said as people do", () => {
  expect([1, 45, 60, 90, 120].map(length)).toEqual(["1 minute", "45 minutes", "1 hour", "1 h 30 min", "2 hours"]);
  expect([1_440, 2_880, 90].map(notice)).toEqual(["a day", "2 days", "1 h 30 min"]);
});

test("two zones may show the same clock", () => {
  expect(sameClock("2026-11-24T09:00:00Z", "Europe/Berlin", "Europe/Paris")).toBe(true);
  expect(sameClock("2026-11-24T09:00:00Z", "Europe/Berlin", "Europe/London")).toBe(false);
});
