import { expect, it } from "vitest";
import { windowOf } from "./useWindowed";

it("draws what is on the screen and a little more", () => {
  expect(windowOf(200, 800, 10_000, 50, 5)).toEqual({ first: 0, last: 17 });
  expect(windowOf(-100_000, 800, 10_000, 50, 5)).toEqual({ first: 1995, last: 2021 });
});

it("ends with the last row", () => {
  expect(windowOf(-499_900, 800, 10_000, 50, 5)).toMatchObject({ last: 10_000 });
  expect(windowOf(-9_999_999, 800, 10, 50, 5)).toEqual({ first: 9, last: 10 });
  expect(windowOf(0, 800, 0, 50, 5)).toEqual({ first: 0, last: 0 });
});
