import { describe, expect, it } from "vitest";
import type { Event } from "@/api/types";
import {
  fieldOf,
  formProblems,
  isChanged,
  type Moment,
  moveStart,
  newForm,
  readGuests,
  toForm,
  toInput,
  toPatch,
} from "./form";

const at = (moment: Moment) => moment as Event["start"];

const event = (change: Partial<Event> = {}): Event => ({
  id: "evt_1",
  calendar_id: "cal_1",
  client_id: "cli_1",
  provider: "google",
  provider_event_id: "abc",
  ical_uid: "abc@google.com",
  etag: '"1"',
  title: "Check-up",
  description: "<b>Bring</b> papers",
  location: "Room 2",
  start: at({ date_time: "2026-11-02T09:00:00", time_zone: "Europe/Berlin", utc: "2026-11-02T08:00:00Z" }),
  end: at({ date_time: "2026-11-02T09:45:00", time_zone: "Europe/Berlin", utc: "2026-11-02T08:45:00Z" }),
  recurrence: ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261216T225959Z"],
  attendees: [{ email: "cara@example.com", name: "Cara", optional: false, response: "declined", self: false }],
  organizer: null,
  reminders: { use_default: false, overrides: [{ method: "email", minutes: 30 }] },
  visibility: "default",
  transparency: "busy",
  status: "confirmed",
  colour: null,
  conference: null,
  metadata: { order: "4711", kind: "visit" },
  recurring_event_id: null,
  original_start: null,
  sync: { state: "synced", detail: null, as_of: null },
  html_link: null,
  created_at: null,
  updated_at: null,
  ...change,
});

describe("an event in the editor", () => {
  it("opened and saved untouched changes nothing", () => {
    const form = toForm(event(), "UTC");
    expect(toPatch(form, toForm(event(), "UTC"))).toEqual({});
    expect(isChanged(form, { ...form, notify: "all" })).toBe(false);
  });

  it("sends only what changed, start and end together", () => {
    const form = toForm(event(), "UTC");
    expect(toPatch(form, { ...form, title: " New ", notify: "all" })).toEqual({ title: "New", notify: "all" });
    expect(toPatch(form, { ...form, endTime: "10:00" })).toEqual({
      start: { date_time: "2026-11-02T09:00:00", time_zone: "Europe/Berlin" },
      end: { date_time: "2026-11-02T10:00:00", time_zone: "Europe/Berlin" },
    });
  });

  it("clears with null and names removed metadata", () => {
    const form = toForm(event(), "UTC");
    expect(toPatch(form, { ...form, location: " ", metadata: [{ key: "order", value: "4712" }] })).toEqual({
      location: null,
      metadata: { order: "4712", kind: null },
    });
  });

  it("shows the last day of an all-day event and sends the day after", () => {
    const form = toForm(
      event({ start: at({ date: "2026-11-02" }), end: at({ date: "2026-11-05" }), recurrence: [] }),
      "UTC",
    );
    expect([form.startDay, form.endDay]).toEqual(["2026-11-02", "2026-11-04"]);
    expect(toInput(form).end).toEqual({ date: "2026-11-05" });
  });

  it("keeps the end on its own clock", () => {
    const flight = event({
      end: at({ date_time: "2026-11-02T12:00:00", time_zone: "America/New_York", utc: "2026-11-02T17:00:00Z" }),
    });
    expect(toInput(toForm(flight, "UTC")).end).toEqual({
      date_time: "2026-11-02T12:00:00",
      time_zone: "America/New_York",
    });
  });

  it("shows the series' rule in an occurrence", () => {
    const form = toForm(event({ recurrence: [] }), "UTC", ["RRULE:FREQ=DAILY"]);
    expect(form.recurrence).toMatchObject({ kind: "rule", rule: { frequency: "DAILY" } });
  });
});

describe("a start that moves", () => {
  it("takes the end along, over midnight and clock changes", () => {
    const form = newForm({ calendarId: "cal_1", zone: "Europe/Berlin", start: "2026-10-24T23:30:00" });
    expect(moveStart(form, "2026-10-25", "01:30")).toMatchObject({ endDay: "2026-10-25", endTime: "02:30" });
    expect(form).toMatchObject({ endDay: "2026-10-25", endTime: "00:30" });
  });

  it("keeps the number of days", () => {
    const form = newForm({ calendarId: "cal_1", zone: "UTC", start: "2026-11-02", end: "2026-11-04" });
    expect(moveStart(form, "2026-11-30", "09:00").endDay).toBe("2026-12-02");
  });
});

describe("what a person can mend before sending", () => {
  const form = newForm({ calendarId: "cal_1", zone: "Europe/Berlin", start: "2026-11-02T09:00:00" });
  it("asks for a title and an end after the start", () => {
    expect(formProblems(form)).toEqual({ title: "Give it a title." });
    expect(formProblems({ ...form, title: "x", endTime: "08:00" })).toEqual({
      endTime: "The end must be after the start.",
    });
    expect(formProblems({ ...form, title: "x", endTime: "08:00", endZone: "America/New_York" })).toEqual({});
  });

  it("reads guests as people paste them", () => {
    expect(readGuests('"Cara, " <cara@example.com>; tom@example.org\nnobody, a@b')).toEqual({
      guests: [
        { email: "cara@example.com", name: "" },
        { email: "tom@example.org", name: "" },
      ],
      rest: ['"Cara', "nobody", "a@b"],
    });
    expect(readGuests("Cara Blum <cara@example.com>").guests).toEqual([
      { email: "cara@example.com", name: "Cara Blum" },
    ]);
  });
});

describe("errors of the service", () => {
  it.each([
    ["/title", "title"],
    ["/start/date_time", "startTime"],
    ["/end", "endTime"],
    ["/end/date", "endDay"],
    ["/start/time_zone", "zone"],
    ["/attendees/2/email", "guests.2"],
    ["/recurrence/0", "recurrence"],
  ])("%s stands at %s", (pointer, field) => {
    expect(fieldOf(pointer)).toBe(field);
  });
});
