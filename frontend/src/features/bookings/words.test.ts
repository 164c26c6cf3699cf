import { expect, test } from "vitest";
import type { BookingDeed, BookingPolicy } from "@/api/types";
import { asksWhichIsRight, names, noticeWords, receiptWords, troubles } from "./words";

const NOW = "2026-11-21T12:00:00Z";
const source = (calendar_id: string, as_of: string | null, known = true) => ({
  staff_id: "stf_1",
  calendar_id,
  as_of,
  known,
});
const receipt = (sources: object[], look: object | null = null) => ({ rules: 1, decided_at: NOW, sources, look });
const calendar = (id: string) => (id === "cal_w" ? "Work" : "Home");

test("a receipt says how many calendars were known and how old the oldest was", () => {
  const two = receipt([source("cal_w", "2026-11-21T11:57:00Z"), source("cal_h", "2026-11-21T11:59:00Z")]);
  expect(receiptWords(two, calendar, NOW)).toEqual(["Decided from 2 calendars, the oldest read 3 minutes ago."]);
  const one = receipt([source("cal_w", "2026-11-21T11:57:00Z")]);
  expect(receiptWords(one, calendar, NOW)).toEqual(["Decided from 1 calendar, read 3 minutes ago."]);
  expect(receiptWords(receipt([]), calendar, NOW)[0]).toMatch(/working hours and other bookings alone/);
  expect(receiptWords(null, calendar, NOW)).toEqual(["Nothing was written down about it."]);
});

test("a receipt names what was not known, and the last look at the provider", () => {
  const looked = receipt([source("cal_w", null, false)], { asked: ["cal_w"], silent: ["cal_w"], took_ms: 800 });
  expect(receiptWords(looked, calendar, NOW)).toEqual([
    "Decided without any calendar.",
    "Not known at that time: Work.",
    "1 calendar was asked once more at the provider just before (800 ms); 1 calendar did not answer in time.",
  ]);
});

test("each calendar that is not known is named once", () => {
  const trouble = (staff_id: string, calendar_id: string, trouble: string | null) => ({
    staff_id,
    calendar_id,
    as_of: null,
    age_s: null,
    trouble,
  });
  const sources = [
    trouble("stf_1", "cal_w", "stale"),
    trouble("stf_2", "cal_w", "stale"),
    trouble("stf_1", "cal_h", "http_503"),
    trouble("stf_1", "cal_x", null),
  ];
  expect(troubles(sources, calendar)).toEqual(["Work was not read lately", "Home cannot be read"]);
});

test("names read as people say them", () => {
  expect([["Sam"], ["Sam", "Tina"], ["Sam", "Tina", "Kim"]].map(names)).toEqual([
    "Sam",
    "Sam and Tina",
    "Sam, Tina and Kim",
  ]);
});

test("the policy says until when customers may", () => {
  const policy = { cancel_notice_minutes: 1_440, reschedule_notice_minutes: 0 } as BookingPolicy;
  const booking = { start: "2026-12-01T09:00:00Z" };
  expect(noticeWords("cancel", booking, policy, "Europe/Berlin")).toMatch(/until 24 hours before: .*30.* 10:00/);
  expect(noticeWords("move", booking, policy, "Europe/Berlin")).toBe("Customers may move it until it begins.");
});

test("which of both is right is asked until somebody has chosen", () => {
  const history = (...actions: string[]) => actions.map((action) => ({ action })) as BookingDeed[];
  expect(asksWhichIsRight(history("created"))).toBe(false);
  expect(asksWhichIsRight(history("created", "moved_in_calendar"))).toBe(true);
  expect(asksWhichIsRight(history("created", "moved_in_calendar", "settled"))).toBe(false);
  expect(asksWhichIsRight(history("created", "deleted_in_calendar", "settled", "moved_in_calendar"))).toBe(true);
});
