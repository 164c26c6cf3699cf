import { expect, test } from "vitest";
import { relative, zoneOffset } from "./time";

const now = new Date("2026-11-01T12:00:00Z");

test("less than a minute away is just now", () => {
  expect(relative("2026-11-01T12:00:40Z", now)).toBe("just now");
});

test("the largest fitting unit is used, in both directions", () => {
  expect(relative("2026-11-01T11:55:00Z", now)).toBe("5 minutes ago");
  expect(relative("2026-11-03T12:00:00Z", now)).toBe("in 2 days");
});

test("a zone's offset follows its summer time", () => {
  expect(zoneOffset("Europe/Berlin", new Date("2026-07-01T00:00:00Z"))).toBe("GMT+2");
  expect(zoneOffset("Europe/Berlin", new Date("2026-12-01T00:00:00Z"))).toBe("GMT+1");
});
