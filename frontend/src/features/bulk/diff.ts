// What a change does to each field, in words: before and after side by side.
import { fieldWords } from "@/lib/field-words";
import { showDay, showWall } from "@/lib/wall";

export interface FieldChange {
  /** The name people know. */
  field: string;
  before: string;
  after: string;
}

type Said = { [key: string]: unknown };
const isObject = (value: unknown): value is Said =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** A day, or a wall time. */
export const wallText = (text: string): string =>
  text.length <= 10
    ? showDay(text)
    : showWall(text.slice(0, 19), {
        weekday: "short",
        day: "numeric",
        month: "short",
        year: "numeric",
        hour: "2-digit",
        minute: "2-digit",
      });

/** “Wed, 3 Mar 2027, 09:00 (Europe/Berlin)”; of whole days the day. */
export function timeText(time: unknown): string {
  if (!isObject(time)) return "";
  if (isText(time.date)) return showDay(time.date);
  if (!isText(time.date_time)) return "";
  const words = wallText(time.date_time);
  return isText(time.time_zone) ? `${words} (${time.time_zone.replaceAll("_", " ")})` : words;
}

/** Any value of an event as a line of text. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(valueText).filter(Boolean).join("\n");
  if (!isObject(value)) return value === true ? "yes" : value === false ? "no" : String(value);
  if ("date" in value || "date_time" in value) return timeText(value);
  if (isText(value.email)) return isText(value.name) ? `${value.name} <${value.email}>` : value.email;
  return Object.entries(value)
    .map(([key, one]) => [key, valueText(one)] as const)
    .filter(([, text]) => text !== "")
    .map(([key, text]) => `${key}: ${text}`)
    .join("\n");
}

/** The order in which people look at an event; what is not here comes after. */
const ORDER = ["title", "calendar", "start", "end", "recurrence", "location", "description", "attendees"];
const rank = (field: string) => (ORDER.includes(field) ? ORDER.indexOf(field) : ORDER.length);
const label = (field: string) => {
  if (field === "start" || field === "end") return field === "start" ? "Starts" : "Ends";
  const words = fieldWords([field]).replaceAll("_", " ");
  return `${words[0]?.toUpperCase() ?? ""}${words.slice(1)}`;
};

/** What says something else afterwards. Of what is made or deleted: everything it says. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  const [old, next] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  return fields
    .map((field) => ({ field, before: valueText(old[field]), after: valueText(next[field]) }))
    .filter((one) => one.before !== one.after)
    .sort((a, b) => rank(a.field) - rank(b.field))
    .map((one) => ({ ...one, field: label(one.field) }));
}
