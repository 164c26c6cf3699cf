// A waiting change in words.
import type { Waiting } from "@/api/offline/rules";
import { fieldWords } from "@/lib/field-words";

const scopes = { this: "this date", this_and_following: "this and later dates", all: "the whole series" };

const answers = { accepted: "yes", declined: "no", tentative: "maybe" };

/** “Change time, title (the whole series)”. */
export function sayEntry({
  kind,
  patch,
  response,
  scope,
}: Pick<Waiting, "kind" | "patch" | "response" | "scope">): string {
  const which = scope ? ` (${scopes[scope]})` : "";
  if (kind === "create") return "New event";
  if (kind === "answer") return `Answer “${response ? answers[response] : ""}”`;
  return kind === "delete"
    ? `Delete${which}`
    : `Change ${fieldWords(Object.keys(patch)) || "nothing any more"}${which}`;
}
