import { expect, it } from "vitest";
import { choicesFor, encodings, mappingFaults, targetLabel } from "./layout";

const columns = (...targets: (string | null)[]) => targets.map((target, at) => ({ name: `Column ${at + 1}`, target }));

it("finds nothing odd about a table with title, start and calendar", () => {
  expect(mappingFaults({ columns: columns("title", "start", "calendar", null), calendar: null })).toEqual([]);
  expect(mappingFaults({ columns: columns("title", "start"), calendar: "Visits" })).toEqual([]);
});

it("names what is missing and what is there twice", () => {
  expect(mappingFaults({ columns: columns("start", "start"), calendar: null })).toEqual([
    "Two columns are for “Start”. Choose one of them.",
    "No column says what it is called.",
    "No column names a calendar: choose one for all rows.",
  ]);
});

it("lets a table of ids change one field only", () => {
  expect(mappingFaults({ columns: columns("id", "location"), calendar: null })).toEqual([]);
});

it("keeps a column for own data, and an encoding nobody thought of", () => {
  expect(choicesFor("metadata.phone").at(-1)?.items[0]?.label).toBe("Own data: phone");
  expect(choicesFor("title")).toHaveLength(5);
  expect(targetLabel("metadata.phone")).toBe("metadata.phone");
  expect(encodings("koi8-r")[0]).toBe("koi8-r");
});
