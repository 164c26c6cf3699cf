import { expect, test } from "vitest";
import { safeReturn } from "./signed-in";

test("a return path inside the application is kept with its search part", () => {
  expect(safeReturn("/clients?q=dental")).toBe("/clients?q=dental");
});

test("a return path that would leave the application leads to the dashboard", () => {
  for (const path of ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", undefined]) {
    expect(safeReturn(path)).toBe("/");
  }
});

test("signing in never returns to the sign-in page", () => {
  expect(safeReturn("/login?return=%2F")).toBe("/");
});
