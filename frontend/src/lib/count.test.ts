import { expect, test } from "vitest";
import { bytes, count, span } from "./count";

test("numbers, lengths and sizes read as people say them", () => {
  expect([count(1, "event"), count(1_200, "event"), count(2, "day off", "days off")]).toEqual([
    "1 event",
    "1,200 events",
    "2 days off",
  ]);
  expect([1, 59, 60, 150, 7_200, 172_800].map(span)).toEqual([
    "1 second",
    "59 seconds",
    "1 minute",
    "3 minutes",
    "2 hours",
    "2 days",
  ]);
  expect([12, 1_536, 5 * 1024 * 1024, 200 * 1024 * 1024].map(bytes)).toEqual(["12 B", "1.5 KiB", "5 MiB", "200 MiB"]);
});
