import { expect, it } from "vitest";
import { costWords, countWords, leftWords, lines, percent, placeWords, spoken, writes } from "./words";

const counts = { create: 480, update: 12, delete: 0, move: 0, unchanged: 0, duplicate: 0, bad: 8 };

it("says what a plan comes to, and leaves out what there is none of", () => {
  expect(countWords(counts)).toBe("480 new, 12 changed, 8 cannot be done");
  expect(writes(counts)).toBe(492);
  expect(lines(counts)).toBe(500);
  expect(countWords({ ...counts, create: 0, update: 0, bad: 0 })).toBe("nothing");
});

it("says what a plan costs, and what comes before it", () => {
  const forecast = { calls: 12, waiting: 0, seconds: 90 };
  expect(costWords({ mails: 0, forecast })).toBe(
    "No mail goes out. 12 calls at the providers; within their limits about 2 minutes.",
  );
  expect(costWords({ mails: 1, forecast: { ...forecast, calls: 1, waiting: 340 } })).toBe(
    "1 mail would go out to guests. 1 call at the providers, after 340 calls of other work; within their limits about 2 minutes.",
  );
});

it("says a hundred percent only when nothing is left", () => {
  expect(percent({ state: "running", progress: 0.999 })).toBe(99);
  expect(percent({ state: "running", progress: 1 })).toBe(99);
  expect(percent({ state: "done", progress: 1 })).toBe(100);
  expect(percent({ state: "cancelled", progress: 0.314 })).toBe(31);
  expect(percent({ state: "running", progress: -1 })).toBe(0);
});

it("says how long it will take only while something goes on", () => {
  expect(leftWords({ state: "running", eta_s: 90 })).toBe("About 2 minutes left.");
  expect(leftWords({ state: "running", eta_s: null })).toMatch(/not known/);
  expect(leftWords({ state: "paused", eta_s: 90 })).toMatch(/Paused/);
  expect(leftWords({ state: "done", eta_s: null })).toBeNull();
});

it("names line and column of what is wrong", () => {
  expect(placeWords({ line: 12, column: { number: 3, name: "Start" } })).toBe("Line 12, column 3 “Start”");
  expect(placeWords({ line: 12, column: { number: 3, name: "" } })).toBe("Line 12, column 3");
  expect(placeWords({ line: 12, column: null })).toBe("Line 12");
});

it("speaks each tenth once", () => {
  expect(spoken({ state: "running", progress: 0.42, failed: 0 })).toBe("40 percent");
  expect(spoken({ state: "running", progress: 0.49, failed: 0 })).toBe("40 percent");
  expect(spoken({ state: "done", progress: 1, failed: 3 })).toBe("Finished, 3 failed");
});
