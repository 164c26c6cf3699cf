import { describe, expect, it } from "vitest";
import { differences, merge } from "./conflict";
import { newForm } from "./form";

const base = {
  ...newForm({ calendarId: "cal_1", zone: "Europe/Berlin", start: "2026-11-02T09:00:00" }),
  title: "Check-up",
};

describe("two people change one event", () => {
  it("settles what only one of them changed", () => {
    const found = differences(base, { ...base, location: "Room 2" }, { ...base, title: "Visit" });
    expect(found.map(({ field, settled }) => [field, settled])).toEqual([
      ["title", "theirs"],
      ["location", "mine"],
    ]);
  });

  it("asks about what both changed, and tells both in words", () => {
    const [asked] = differences(
      base,
      { ...base, startTime: "10:00", endTime: "11:00" },
      { ...base, startTime: "08:00" },
    );
    expect(asked).toMatchObject({ field: "time", settled: null });
    expect(asked?.mine).not.toBe(asked?.theirs);
  });

  it("does not ask when both say the same", () => {
    expect(differences(base, { ...base, title: "Visit" }, { ...base, title: "Visit" })).toEqual([]);
  });

  it("does not take an answer of a guest for a change", () => {
    const invited = { email: "cara@example.com", name: "", optional: false, self: false };
    const asked = { ...base, guests: [{ ...invited, response: "needs_action" as const }] };
    const answered = { ...base, guests: [{ ...invited, response: "declined" as const }] };
    expect(differences(asked, asked, answered)).toEqual([]);
  });

  it("takes each field from the side that was chosen, all parts of the time together", () => {
    const mine = { ...base, title: "Mine", startTime: "10:00", endTime: "11:00" };
    const theirs = { ...base, title: "Theirs", startDay: "2026-11-03", endDay: "2026-11-03", location: "Room 9" };
    expect(merge(mine, theirs, { title: "theirs", time: "mine" })).toMatchObject({
      title: "Theirs",
      startDay: "2026-11-02",
      startTime: "10:00",
      location: "Room 9",
    });
  });
});
