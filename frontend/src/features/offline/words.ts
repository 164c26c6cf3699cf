// A waiting change in words.
import type { Waiting } from "@/api/offline/rules";

const fieldWords: Record<string, string> = {
  title: "title",
  description: "description",
  location: "location",
  start: "time",
  end: "time",
  recurrence: "repetition",
  attendees: "guests",
  reminders: "reminders",
  visibility: "visibility",
  transparency: "busy or free",
  status: "status",
  colour: "colour",
  metadata: "own data",
};

/** Names of fields for people, each once. */
export const sayFields = (fields: readonly string[]): string =>
  [...new Set(fields.filter((field) => field !== "notify").map((field) => fieldWords[field] ?? field))].join(", ");

const scopes = { this: "this date", this_and_following: "this and later dates", all: "the whole series" };

/** “Change time, title (the whole series)”. */
export function sayEntry({ kind, patch, scope }: Pick<Waiting, "kind" | "patch" | "scope">): string {
  const which = scope ? ` (${scopes[scope]})` : "";
  if (kind === "create") return "New event";
  return kind === "delete" ? `Delete${which}` : `Change ${sayFields(Object.keys(patch)) || "nothing any more"}${which}`;
}
