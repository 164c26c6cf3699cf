import { expect, it } from "vitest";
import type { Template } from "@/api/types";
import { around, changesBetween, draftOf, insertAt, mergePatch, nameFault, newRow, sentOf } from "./template";

it("sends what says something, and leaves out what is empty", () => {
  const draft = draftOf(undefined);
  draft.name = " Pool check ";
  draft.fields = { title: "Check", location: "" };
  draft.variables = [newRow(" place ", "Room 1"), newRow("", "lost")];
  draft.clients = { cli_1: { fields: { location: "" }, variables: {} }, cli_2: { fields: {}, variables: {} } };
  expect(sentOf(draft)).toEqual({
    name: "Pool check",
    fields: { title: "Check" },
    variables: { place: "Room 1" },
    // Empty for a client means: no place there.
    clients: { cli_1: { fields: { location: "" }, variables: {} } },
  });
});

it("puts an expression where the caret is, instead of what is selected", () => {
  expect(insertAt("At the door", 3, 6, "{{n}}")).toEqual({ text: "At {{n}} door", caret: 8 });
  expect(insertAt("", 0, 0, "{{n}}")).toEqual({ text: "{{n}}", caret: 5 });
});

it("shows where an error is, and counts characters as people do", () => {
  expect(around("🏊 {{clint.name}}", 5)).toEqual({ before: "🏊 {{", at: "clint.name}}", caret: 5 });
  expect(around("{{n", 4)).toMatchObject({ at: "(the end)", caret: 3 });
});

it("refuses names of variables that would never be found", () => {
  const rows = [newRow("place"), newRow("place"), newRow("room")];
  expect(nameFault("place", rows)).toBe("There twice");
  expect(nameFault("room", rows)).toBeNull();
  expect(nameFault("my room", rows)).toMatch(/Letters/);
  expect(nameFault("date", rows)).toMatch(/already/);
});

it("says what was taken away, and nothing of what stayed", () => {
  const before = { name: "A", fields: { title: "x", location: "y" }, clients: { c: { fields: {} } } };
  const after = { name: "A", fields: { title: "z" }, clients: {} };
  expect(mergePatch(before, after)).toEqual({ fields: { title: "z", location: null }, clients: { c: null } });
  expect(mergePatch(before, before)).toEqual({});
});

it("says what a version changed", () => {
  const one: Template = {
    id: "tpl_1",
    name: "Check",
    version: 1,
    fields: { title: "Check", location: "Here" },
    variables: { place: "1" },
    clients: {},
    updated_at: "2027-01-01T00:00:00Z",
  };
  const two: Template = {
    ...one,
    version: 2,
    fields: { title: "Pool check" },
    variables: { place: "2" },
    clients: { cli_1: { fields: { title: "Theirs" }, variables: {} } },
  };
  expect(changesBetween(one, two)).toBe("Title, Place, {{place}}, 1 client");
  expect(changesBetween(one, one)).toBe("the same");
});
