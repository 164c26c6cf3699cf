import { describe, expect, it } from "vitest";
import { dayRange, length, place, terms, workload } from "./words";

const service = {
  duration_minutes: 60,
  before_minutes: 0,
  after_minutes: 15,
  capacity: 3,
  notice_minutes: 120,
  horizon_days: 60,
  daily_limit: null,
  step_minutes: 15,
};

describe("a service in words", () => {
  it("says time, people and reach", () => {
    expect(terms(service)).toBe("1 h + 15 min after, up to 3 people, from 2 h to 60 days ahead");
  });
  it("leaves out what is nothing", () => {
    const plain = { ...service, after_minutes: 0, capacity: 1, notice_minutes: 0, horizon_days: 1, daily_limit: 8 };
    expect(terms(plain)).toBe("1 h, up to 1 day ahead, at most 8 a day");
    expect(terms({ ...plain, horizon_days: 0, daily_limit: null })).toBe("1 h, today only");
  });
});

describe("lengths", () => {
  it.each([
    [0, "0 min"],
    [45, "45 min"],
    [90, "1 h 30 min"],
    [120, "2 h"],
    [1440, "1 day"],
    [2880, "2 days"],
    [1500, "25 h"],
  ])("%d minutes are %s", (minutes, words) => expect(length(minutes)).toBe(words));
});

describe("hours", () => {
  it("cross midnight, and a whole day is a whole day", () => {
    expect(place({ from: "22:00", to: "06:00" })).toEqual({ from: 1320, to: 1800 });
    expect(place({ from: "00:00", to: "24:00" })).toEqual({ from: 0, to: 1440 });
    expect(place({ from: "00:00", to: "00:00" })).toEqual({ from: 0, to: 1440 });
  });
  it("add up to a week, without what is half typed", () => {
    const nine = { from: "09:00", to: "12:30" };
    expect(workload({ monday: [nine, { from: "13:00", to: "" }], friday: [nine] })).toBe(420);
  });
});

it("names the days of a closure without moving them into the browser's zone", () => {
  expect(dayRange("2026-12-24", "2026-12-24")).toContain("24");
  expect(dayRange("2026-12-24", "2026-12-26")).toMatch(/24.* to .*26/);
});
