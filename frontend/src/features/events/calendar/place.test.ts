import { describe, expect, it } from "vitest";
import type { Event } from "@/api/types";
import { daysOf, moved, place, rangeOf, resized, step } from "./place";

const timed = {
  start: { date_time: "2026-11-02T09:00:00", time_zone: "Europe/Berlin", utc: "2026-11-02T08:00:00Z" },
  end: { date_time: "2026-11-02T10:30:00", time_zone: "Europe/Berlin", utc: "2026-11-02T09:30:00Z" },
} as Event;
const whole = { start: { date: "2026-11-02" }, end: { date: "2026-11-04" } } as Event;

describe("placing events in a grid", () => {
  it("shows a moment on the grid's clock and a day on its day", () => {
    expect(place(timed, "America/New_York")).toMatchObject({
      start: "2026-11-02T03:00:00",
      end: "2026-11-02T04:30:00",
    });
    expect(place(whole, "Pacific/Auckland")).toMatchObject({ allDay: true, start: "2026-11-02T00:00:00" });
  });

  it("shows an event inside the doubled hour as long as it lasts", () => {
    const fold = {
      start: { date_time: "2026-10-25T02:50:00", time_zone: "Europe/Berlin", utc: "2026-10-25T00:50:00Z" },
      end: { date_time: "2026-10-25T02:20:00", time_zone: "Europe/Berlin", utc: "2026-10-25T01:20:00Z" },
    } as Event;
    expect(place(fold, "Europe/Berlin")).toMatchObject({ start: "2026-10-25T02:50:00", end: "2026-10-25T03:20:00" });
  });
});

describe("dragging", () => {
  it("keeps the event's own zone when the grid shows another", () => {
    expect(moved(place(timed, "America/New_York"), "2026-11-03T04:00:00", "America/New_York")).toEqual({
      start: { date_time: "2026-11-03T10:00:00", time_zone: "Europe/Berlin" },
      end: { date_time: "2026-11-03T11:30:00", time_zone: "Europe/Berlin" },
    });
  });

  it("keeps the time of day over a clock change", () => {
    const october = {
      start: { date_time: "2026-10-24T09:00:00", time_zone: "Europe/Berlin", utc: "2026-10-24T07:00:00Z" },
      end: { date_time: "2026-10-24T10:00:00", time_zone: "Europe/Berlin", utc: "2026-10-24T08:00:00Z" },
    } as Event;
    const start = moved(place(october, "Europe/Berlin"), "2026-10-26T09:00:00", "Europe/Berlin").start;
    expect(start).toEqual({ date_time: "2026-10-26T09:00:00", time_zone: "Europe/Berlin" });
  });

  it("keeps whole days whole and makes others whole on their row", () => {
    expect(moved(place(whole, "UTC"), "2026-11-05T13:00:00", "UTC")).toEqual({
      start: { date: "2026-11-05" },
      end: { date: "2026-11-07" },
    });
    expect(moved(place(timed, "UTC"), "2026-11-05T00:00:00", "UTC", true).end).toEqual({ date: "2026-11-06" });
  });

  it("resizes on the grid's clock", () => {
    expect(resized(place(timed, "UTC"), "2026-11-02T08:00:00", "2026-11-02T11:00:00", "UTC").end).toEqual({
      date_time: "2026-11-02T12:00:00",
      time_zone: "Europe/Berlin",
    });
  });
});

describe("views", () => {
  it("show whole weeks from Monday", () => {
    expect(rangeOf("week", "2026-11-22")).toEqual({ from: "2026-11-16", to: "2026-11-23" });
    expect(rangeOf("month", "2026-11-22")).toEqual({ from: "2026-10-26", to: "2026-12-07" });
  });

  it("step month by month without losing one", () => {
    expect(step("month", "2026-01-31", 1)).toBe("2026-02-01");
    expect(step("month", "2026-03-31", -1)).toBe("2026-02-01");
    expect(step("month", "2026-02-10", 1)).toBe("2026-03-01");
    expect(step("week", "2026-12-30", 1)).toBe("2027-01-06");
  });

  it("show three days from the one in view, and step over them", () => {
    expect(rangeOf("days", "2026-11-22")).toEqual({ from: "2026-11-22", to: "2026-11-25" });
    expect(step("days", "2026-11-22", -1)).toBe("2026-11-19");
  });

  it("list an event on each of its days, not on the day after", () => {
    expect(daysOf(place(whole, "UTC"), "2026-11-01", "2026-12-01")).toEqual(["2026-11-02", "2026-11-03"]);
    expect(daysOf(place(whole, "UTC"), "2026-11-03", "2026-12-01")).toEqual(["2026-11-03"]);
    expect(daysOf(place(timed, "UTC"), "2026-11-01", "2026-12-01")).toEqual(["2026-11-02"]);
  });
});
