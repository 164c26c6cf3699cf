import { expect, it } from "vitest";
import { EMPTY, editOf } from "./bulk-edit";

it("does nothing where nothing was filled in", () => {
  expect(editOf(EMPTY)).toBeNull();
  expect(editOf({ ...EMPTY, title: "  ", amount: 0 })).toBeNull();
});

it("sends only what was filled in", () => {
  expect(editOf({ ...EMPTY, prefix: " Moved: ", location: "Room 2" })).toEqual({
    prefix: "Moved: ",
    set: { location: "Room 2" },
  });
  expect(editOf({ ...EMPTY, noLocation: true, location: "Room 2" })).toEqual({ set: { location: "" } });
});

it("moves in time and place", () => {
  expect(editOf({ ...EMPTY, amount: 1 })).toEqual({ move_by: "1 day" });
  expect(editOf({ ...EMPTY, amount: 90, unit: "minute", direction: "earlier" })).toEqual({ move_by: "-90 minutes" });
  expect(editOf({ ...EMPTY, calendar: "cal_1" })).toEqual({ move_to: "cal_1" });
});
