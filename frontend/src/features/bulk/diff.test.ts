import { expect, it } from "vitest";
import { fieldChanges, timeText, valueText } from "./diff";

const at = (wall: string) => ({ date_time: wall, time_zone: "Europe/Berlin" });

it("shows only what says something else, in the order people look at an event", () => {
  const before = { description: "Ring", title: "Pool check", start: at("2027-03-03T09:00:00"), location: null };
  const after = { ...before, description: "Knock", start: at("2027-03-04T09:00:00"), location: "" };
  expect(fieldChanges(before, after).map((one) => one.field)).toEqual(["Starts", "Description"]);
  expect(fieldChanges(before, after)[1]).toMatchObject({ before: "Ring", after: "Knock" });
});

it("shows all of what is made, and all of what goes", () => {
  expect(fieldChanges(null, { title: "Fair", location: null })).toEqual([
    { field: "Title", before: "", after: "Fair" },
  ]);
  expect(fieldChanges({ title: "Fair" }, null)).toEqual([{ field: "Title", before: "Fair", after: "" }]);
});

it("writes times, guests and lists as people do", () => {
  expect(timeText(at("2027-03-03T09:00:00"))).toMatch(/2027.*09:00.*\(Europe\/Berlin\)/);
  expect(timeText({ date: "2027-03-03" })).toMatch(/3.*2027/);
  expect(valueText([{ email: "ann@example.org", name: "Ann" }, { email: "bo@example.org" }])).toBe(
    "Ann <ann@example.org>\nbo@example.org",
  );
  expect(valueText({ use_default: false, overrides: [] })).toBe("use_default: no");
});
