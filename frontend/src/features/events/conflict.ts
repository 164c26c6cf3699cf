// Two people changed one event. What each says, field by field, and the event that comes of the choices.

import { describe } from "@/lib/recurrence/words";
import { showDay, showTime, wallAt } from "@/lib/wall";
import { anchorOf, type EventForm } from "./form";

/** Fields that change together stand together. */
const FIELDS = {
  title: { label: "Title", keys: ["title"] },
  time: {
    label: "Time",
    keys: ["allDay", "startDay", "startTime", "endDay", "endTime", "zone", "endZone", "startReading", "endReading"],
  },
  recurrence: { label: "Repeats", keys: ["recurrence"] },
  location: { label: "Location", keys: ["location"] },
  description: { label: "Description", keys: ["description"] },
  guests: { label: "Guests", keys: ["guests"] },
  reminders: { label: "Reminders", keys: ["reminders"] },
  visibility: { label: "Visibility", keys: ["visibility"] },
  transparency: { label: "Shown as", keys: ["transparency"] },
  status: { label: "Status", keys: ["status"] },
  colour: { label: "Colour", keys: ["colour"] },
  metadata: { label: "Own data", keys: ["metadata"] },
} as const satisfies Record<string, { label: string; keys: readonly (keyof EventForm)[] }>;

export type Field = keyof typeof FIELDS;
export type Side = "mine" | "theirs";

export interface Difference {
  field: Field;
  label: string;
  base: string;
  mine: string;
  theirs: string;
  /** Both changed it, differently: somebody must choose. Otherwise the side that changed it. */
  settled: Side | null;
}

const part = (form: EventForm, field: Field): string => {
  const at = FIELDS[field].keys.map((key) => {
    if (key === "guests") return form.guests.map(({ email, name, optional }) => [email, name, optional]);
    if (key === "recurrence") return form.recurrence;
    return form[key];
  });
  return JSON.stringify(at);
};

function time(form: EventForm): string {
  if (form.allDay) {
    return form.startDay === form.endDay
      ? `${showDay(form.startDay)}, all day`
      : `${showDay(form.startDay)} – ${showDay(form.endDay)}, all day`;
  }
  const from = `${showDay(form.startDay)}, ${showTime(wallAt(form.startDay, form.startTime))}`;
  const to = showTime(wallAt(form.endDay, form.endTime));
  return `${from} – ${form.endDay === form.startDay ? to : `${showDay(form.endDay)}, ${to}`} (${form.zone})`;
}

/** A field in words. */
export function say(form: EventForm, field: Field): string {
  switch (field) {
    case "time":
      return time(form);
    case "recurrence":
      return describe(form.recurrence, anchorOf(form));
    case "guests":
      return form.guests.map((one) => one.name || one.email).join(", ") || "nobody";
    case "reminders":
      return form.reminders.use_default
        ? "as the calendar says"
        : form.reminders.overrides.map((one) => `${one.minutes} min (${one.method})`).join(", ") || "none";
    case "metadata":
      return form.metadata.map(({ key, value }) => `${key}: ${value}`).join(", ") || "none";
    default:
      return String(form[field] ?? "") || "empty";
  }
}

/** Every field the two do not agree on. */
export function differences(base: EventForm, mine: EventForm, theirs: EventForm): Difference[] {
  return (Object.keys(FIELDS) as Field[]).flatMap((field) => {
    const [was, ours, other] = [part(base, field), part(mine, field), part(theirs, field)];
    if (ours === other) return [];
    return [
      {
        field,
        label: FIELDS[field].label,
        base: say(base, field),
        mine: say(mine, field),
        theirs: say(theirs, field),
        settled: ours === was ? ("theirs" as const) : other === was ? ("mine" as const) : null,
      },
    ];
  });
}

/** Theirs, with the fields where mine was chosen. */
export function merge(mine: EventForm, theirs: EventForm, choice: Partial<Record<Field, Side>>): EventForm {
  const merged: EventForm = { ...theirs, notify: mine.notify };
  for (const [field, side] of Object.entries(choice) as [Field, Side][]) {
    if (side === "mine") for (const key of FIELDS[field].keys) Object.assign(merged, { [key]: mine[key] });
  }
  return merged;
}
