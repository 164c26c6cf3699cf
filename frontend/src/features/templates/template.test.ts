import { expect, it } from "vitest";
import { around, draftOf, insertAt, mergePatch, nameFault, newRow, sentOf } from "./template";

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
