import { expect, test } from "vitest";
import { ics, uidOf } from "./ics";

const appointment = {
  uid: "one@example.org",
  title: "Cut; colour, and wash",
  start: "2026-11-24T09:00:00Z",
  end: "2026-11-24T09:45:00.000Z",
  location: "Back\\yard",
  description: "Grüße aus der Werkstatt, ".repeat(6).concat("\nRing twice"),
};

test("an appointment is escaped, folded by bytes and ends its lines as calendars want it", () => {
  const file = ics(appointment, "2026-11-22T12:00:00Z");
  expect(file).toContain("SUMMARY:Cut\\; colour\\, and wash\r\n");
  expect(file).toContain("LOCATION:Back\\\\yard\r\n");
  expect(file).toContain("DTSTART:20261124T090000Z\r\nDTEND:20261124T094500Z\r\n");
  const lines = file.split("\r\n");
  expect(lines.pop()).toBe("");
  for (const line of lines) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  expect(file.replaceAll("\r\n ", "")).toContain("Werkstatt\\, \\nRing twice\r\n");
  expect(file.replaceAll("\r\n", "")).not.toContain("\n");
});

test("a booking has the same name each time, and another booking another one", () => {
  expect(uidOf("/booking/a", "x.example")).toBe(uidOf("/booking/a", "x.example"));
  expect(uidOf("/booking/a", "x.example")).not.toBe(uidOf("/booking/b", "x.example"));
});
