// A template while somebody edits it: its fields, its own variables, what is different for a client.
import type { Template, TemplateIn } from "@/api/types";
import { count } from "@/lib/count";

export interface Field {
  name: string;
  label: string;
  hint: string;
  /** More than a line. */
  long?: boolean;
  /** Shown from the beginning. */
  usual?: boolean;
}

/** What an event can be told, in the words of tables of events. */
export const fields: Field[] = [
  { name: "title", label: "Title", hint: "Pool check at {{client.name}}", usual: true },
  { name: "start", label: "Starts", hint: "{{date}} 09:00", usual: true },
  { name: "duration", label: "Duration", hint: "45 min, 1h 30m, 2 days", usual: true },
  { name: "location", label: "Place", hint: "A place, or {{location}}, a variable of this template", usual: true },
  { name: "description", label: "Description", hint: "Anything", long: true, usual: true },
  { name: "attendees", label: "Guests", hint: "ann@example.org; Bo <bo@example.org>", usual: true },
  { name: "recurrence", label: "Repetition", hint: "FREQ=WEEKLY;COUNT=10", usual: true },
  { name: "end", label: "Ends (instead of a duration)", hint: "{{start + 45 minutes}}" },
  { name: "all_day", label: "Whole days", hint: "yes" },
  { name: "time_zone", label: "Time zone", hint: "Europe/Berlin; without it the calendar’s own" },
  { name: "reminders", label: "Reminders", hint: "10 min; 1 day email" },
  { name: "visibility", label: "Who may see it", hint: "public, private or default" },
  { name: "transparency", label: "Busy or free", hint: "busy or free" },
  { name: "status", label: "Status", hint: "confirmed or tentative" },
  { name: "colour", label: "Colour", hint: "#1b7460" },
  {
    name: "external_id",
    label: "Key of your own",
    hint: "visit-{{client.id}}-{{n}}: used twice, it finds the same event",
  },
];
export const fieldLabel = (name: string): string => fields.find((one) => one.name === name)?.label ?? name;

/** What can stand between double braces. */
export const expressions: { text: string; what: string }[] = [
  { text: "{{client.name}}", what: "Name of the client" },
  { text: "{{calendar.name}}", what: "Name of the calendar" },
  { text: "{{date}}", what: "The day of this event" },
  { text: "{{date + 2 weeks}}", what: "A day counted from it" },
  { text: '{{date as "%A, %d %B"}}', what: "The day written out" },
  { text: '{{start - 1 day as "%d.%m.%Y"}}', what: "Counted from the start" },
  { text: "{{n}}", what: "1, 2, 3, …" },
  { text: "{{n start 100 step 10 pad 4}}", what: "0100, 0110, …" },
  { text: '{{list "Ann", "Bea"}}', what: "One after the other, in turn" },
  { text: "{{row.phone}}", what: "A column of the table it is filled from" },
];

export interface Row {
  key: number;
  name: string;
  value: string;
}
export interface Special {
  fields: Record<string, string>;
  variables: Record<string, string>;
}
/** As it is edited: variables keep their order while their names are typed. */
export interface Draft {
  name: string;
  fields: Record<string, string>;
  variables: Row[];
  clients: Record<string, Special>;
}

let keys = 0;
export const newRow = (name = "", value = ""): Row => ({ key: ++keys, name, value });

export const draftOf = (template: Template | undefined): Draft => ({
  name: template?.name ?? "",
  fields: template?.fields ?? { title: "", start: "{{date}} 09:00", duration: "45 min" },
  variables: Object.entries(template?.variables ?? {}).map(([name, value]) => newRow(name, value)),
  clients: Object.fromEntries(
    Object.entries(template?.clients ?? {}).map(([id, special]) => [
      id,
      { fields: special.fields ?? {}, variables: special.variables ?? {} },
    ]),
  ),
});

/** Empty texts of the template say nothing; of a client they empty the field. */
const filled = (texts: Record<string, string>) => Object.fromEntries(Object.entries(texts).filter(([, text]) => text));

export const sentOf = (draft: Draft): TemplateIn => ({
  name: draft.name.trim(),
  fields: filled(draft.fields),
  variables: Object.fromEntries(
    draft.variables.filter((one) => one.name.trim()).map((one) => [one.name.trim(), one.value]),
  ),
  clients: Object.fromEntries(
    Object.entries(draft.clients).filter(
      ([, special]) => Object.keys(special.fields).length + Object.keys(special.variables).length > 0,
    ),
  ),
});

const RESERVED = ["n", "list", "client", "calendar", "row", "date", "start", "end"];

/** What is wrong with the name of a variable; `null`: nothing. */
export function nameFault(name: string, all: readonly Row[]): string | null {
  const said = name.trim();
  if (!said) return null;
  if (!/^[\p{L}\p{N}_]+$/u.test(said)) return "Letters, digits and _ only";
  if (RESERVED.includes(said)) return "This name means something already";
  return all.filter((one) => one.name.trim() === said).length > 1 ? "There twice" : null;
}

/** A text with another put into it, and where the caret stands afterwards. */
export function insertAt(text: string, from: number, to: number, piece: string): { text: string; caret: number } {
  const begin = Math.min(from, text.length);
  return { text: text.slice(0, begin) + piece + text.slice(Math.max(begin, to)), caret: begin + piece.length };
}

/** The text around an error. Positions count characters as people do, the first is 1. */
export function around(text: string, position: number): { before: string; at: string; caret: number } {
  const characters = [...text];
  const place = Math.min(Math.max(position - 1, 0), characters.length);
  const caret = characters.slice(0, place).join("").length;
  return {
    before: `${place > 20 ? "…" : ""}${characters.slice(Math.max(0, place - 20), place).join("")}`,
    at: characters.slice(place, place + 20).join("") || "(the end)",
    caret,
  };
}

/** RFC 7396: what turns one object into the other; what is gone is `null`. */
export function mergePatch(before: object, after: object): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const old = before as Record<string, unknown>;
  const next = after as Record<string, unknown>;
  const isObject = (value: unknown): value is object =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    const [a, b] = [old[key], next[key]];
    if (b === undefined) patch[key] = null;
    else if (isObject(a) && isObject(b)) {
      const inner = mergePatch(a, b);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (JSON.stringify(a) !== JSON.stringify(b)) patch[key] = b;
  }
  return patch;
}

const differing = (a: Record<string, string>, b: Record<string, string>) =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);

/** What a version says differently from the one before: “Title, Place, 2 clients”. */
export function changesBetween(before: Template, after: Template): string {
  const clients = new Set([...Object.keys(before.clients), ...Object.keys(after.clients)]);
  const others = [...clients].filter(
    (id) => JSON.stringify(before.clients[id]) !== JSON.stringify(after.clients[id]),
  ).length;
  const parts = [
    before.name === after.name ? [] : ["Name"],
    differing(before.fields, after.fields).map(fieldLabel),
    differing(before.variables, after.variables).map((name) => `{{${name}}}`),
    others > 0 ? [count(others, "client")] : [],
  ];
  return parts.flat().join(", ") || "the same";
}
