import { expect, it } from "vitest";
import { calendarColour } from "./colour";

it("keeps a calendar's own colour, and gives those without one always the same", () => {
  expect(calendarColour({ id: "cal_1", colour: "#ff0000" })).toBe("#ff0000");
  const given = Array.from({ length: 40 }, (_, n) => calendarColour({ id: `cal_${n}`, colour: null }));
  expect(given).toEqual(Array.from({ length: 40 }, (_, n) => calendarColour({ id: `cal_${n}`, colour: null })));
  expect(new Set(given).size).toBe(8);
});
