// A waiting change in words.
import type { Waiting } from "@/api/offline/rules";
import { fieldWords } from "@/lib/field-words";

const scopes = { this: "this date", this_and_following: "this and later dates", all: "the whole series" };

/** “Change time, title (the whole series)”. */
export function sayEntry({ kind, patch, scope }: Pick<Waiting, "kind" | "patch" | "scope">): string {
  const which = scope ? ` (${scopes[scope]})` : "";
  if (kind === "create") return "New event";
  return kind === "delete"
    ? `Delete${which}`
    : `Change ${fieldWords(Object.keys(patch)) || "nothing any more"}${which}`;
}
