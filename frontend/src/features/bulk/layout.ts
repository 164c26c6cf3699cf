// How a table is read: the words of its choices, and what is odd about a mapping before anybody plans with it.
import type { Layout } from "@/api/types";

/** What a column may be for, in the order of the list people choose from. */
export const targets: { group: string; items: { value: string; label: string }[] }[] = [
  {
    group: "Where",
    items: [
      { value: "calendar", label: "Calendar (name or id)" },
      { value: "client", label: "Client (name or id)" },
    ],
  },
  {
    group: "What",
    items: [
      { value: "title", label: "Title" },
      { value: "description", label: "Description" },
      { value: "location", label: "Place" },
      { value: "attendees", label: "Guests" },
    ],
  },
  {
    group: "When",
    items: [
      { value: "start", label: "Start" },
      { value: "start_time", label: "Start: only the time" },
      { value: "end", label: "End" },
      { value: "end_time", label: "End: only the time" },
      { value: "duration", label: "Duration" },
      { value: "all_day", label: "Whole days (yes or no)" },
      { value: "time_zone", label: "Time zone" },
      { value: "end_time_zone", label: "Time zone of the end" },
      { value: "recurrence", label: "Repetition" },
    ],
  },
  {
    group: "More",
    items: [
      { value: "reminders", label: "Reminders" },
      { value: "visibility", label: "Who may see it" },
      { value: "transparency", label: "Busy or free" },
      { value: "status", label: "Status" },
      { value: "colour", label: "Colour" },
      { value: "metadata", label: "Own data (JSON)" },
    ],
  },
  {
    group: "Which event it is",
    items: [
      { value: "external_id", label: "Key of your own" },
      { value: "uid", label: "iCalendar UID" },
      { value: "id", label: "Id here" },
      { value: "etag", label: "Version here" },
    ],
  },
];

const known = new Map(targets.flatMap(({ items }) => items.map(({ value, label }) => [value, label])));
export const targetLabel = (target: string): string => known.get(target) ?? target;

/** The choices of a column: those of everybody, and the key of own data that it is for already. */
export function choicesFor(target: string | null | undefined): typeof targets {
  if (!target || known.has(target)) return targets;
  return [...targets, { group: "This column", items: [{ value: target, label: `Own data: ${target.split(".")[1]}` }] }];
}

export const delimiters = [
  { value: "comma", label: "Comma ," },
  { value: "semicolon", label: "Semicolon ;" },
  { value: "tab", label: "Tabulator" },
  { value: "pipe", label: "Bar |" },
] satisfies { value: Layout["delimiter"]; label: string }[];

export const dateOrders = [
  { value: "day_first", label: "31/12/2026 – day first" },
  { value: "month_first", label: "12/31/2026 – month first" },
] satisfies { value: Layout["date_order"]; label: string }[];

export const allDayEnds = [
  { value: "exclusive", label: "The day after the last one" },
  { value: "inclusive", label: "The last day" },
] satisfies { value: Layout["all_day_end"]; label: string }[];

/** Labels of the Encoding Standard that files of businesses have. */
const ENCODINGS = [
  "UTF-8",
  "UTF-16LE",
  "UTF-16BE",
  "windows-1252",
  "windows-1250",
  "windows-1251",
  "windows-1253",
  "windows-1254",
  "windows-1257",
  "ISO-8859-2",
  "ISO-8859-15",
  "macintosh",
  "Shift_JIS",
  "GBK",
  "Big5",
  "EUC-KR",
];
export const encodings = (now: string): string[] => (ENCODINGS.includes(now) ? ENCODINGS : [now, ...ENCODINGS]);

/** Which part of the layout answers a doubt. */
export const answers: Record<string, "encoding" | "delimiter" | "date_order" | "all_day_end" | undefined> = {
  encoding_guessed: "encoding",
  one_column: "delimiter",
  date_order_mixed: "date_order",
  date_order_ambiguous: "date_order",
  all_day_end: "all_day_end",
};

/** What is to be mended before a dry run makes sense; the service says the same for each row. */
export function mappingFaults(layout: Pick<Layout, "columns" | "calendar">): string[] {
  const targets = layout.columns.flatMap(({ target }) => target ?? []);
  const twice = [...new Set(targets.filter((one, at) => targets.indexOf(one) !== at))];
  const faults = twice.map((one) => `Two columns are for “${targetLabel(one)}”. Choose one of them.`);
  const changes = targets.includes("id");
  if (!changes && !targets.includes("start")) faults.push("No column says when it starts.");
  if (!changes && !targets.includes("title")) faults.push("No column says what it is called.");
  if (!changes && !targets.includes("calendar") && !layout.calendar) {
    faults.push("No column names a calendar: choose one for all rows.");
  }
  return faults;
}
