import { describe, expect, it } from "vitest";
import { addDays, addMinutes, clockChange, instantOf, isDay, minutesBetween, mondayOf, rezone, wallOf } from "./wall";

describe("wall time", () => {
  it("keeps the clock on the wall across a clock change", () => {
    expect(wallOf("2026-10-24T07:00:00Z", "Europe/Berlin")).toBe("2026-10-24T09:00:00");
    expect(wallOf("2026-10-26T08:00:00Z", "Europe/Berlin")).toBe("2026-10-26T09:00:00");
    expect(instantOf("2026-10-26T09:00:00", "Europe/Berlin")).toBe("2026-10-26T08:00:00Z");
  });

  it("shows one moment on clocks of two cities", () => {
    expect(rezone("2026-11-01T09:00:00", "Europe/Berlin", "America/New_York")).toBe("2026-11-01T03:00:00");
    expect(rezone("2026-03-29T01:30:00", "Asia/Kolkata", "Pacific/Auckland")).toBe("2026-03-29T09:00:00");
  });

  it("adds days and minutes as a calendar does, not as seconds", () => {
    expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
    expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(addMinutes("2026-10-25T01:30:00", 120)).toBe("2026-10-25T03:30:00");
    expect(minutesBetween("2026-10-25T00:00:00", "2026-10-26T00:00:00")).toBe(1440);
    expect(mondayOf("2026-11-22")).toBe("2026-11-16");
    expect(mondayOf("2026-11-16")).toBe("2026-11-16");
  });

  it("names both readings of a time that does not exist", () => {
    const gap = clockChange("2026-03-29T02:30:00", "Europe/Berlin");
    expect(gap?.kind).toBe("gap");
    expect(gap?.earlier.wall).toBe("2026-03-29T01:30:00");
    expect(gap?.later.wall).toBe("2026-03-29T03:30:00");
  });

  it("names both readings of a time that comes twice", () => {
    const fold = clockChange("2026-10-25T02:30:00", "Europe/Berlin");
    expect(fold?.kind).toBe("fold");
    expect([fold?.earlier.offset, fold?.later.offset]).toEqual(["+02:00", "+01:00"]);
    expect(clockChange("2026-10-25T12:00:00", "Europe/Berlin")).toBeNull();
  });

  it("knows days from other text", () => {
    expect(isDay("2026-02-28")).toBe(true);
    expect(isDay("2026-02-30")).toBe(false);
    expect(isDay("today")).toBe(false);
  });
});
