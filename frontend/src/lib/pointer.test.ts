import { expect, test } from "vitest";
import { formPath } from "./pointer";

test("a JSON pointer becomes a form path, escapes included", () => {
  expect(formPath("/attendees/0/email")).toBe("attendees.0.email");
  expect(formPath("/metadata/a~1b~0c")).toBe("metadata.a/b~c");
  expect(formPath("")).toBe("");
});
