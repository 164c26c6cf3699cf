// A table that another system wrote: its cells, what its columns are for, and the table the service reads. Everything
// happens here, so that nothing is sent before somebody has seen how it is understood.

export interface Row {
  /** Which row it is in a spreadsheet; the first is 1, and empty ones count. */
  number: number;
  cells: string[];
}

/** Rows of a CSV file: quotes, line breaks inside them, and commas, semicolons or tabs between. Empty ones are left out. */
export function readTable(text: string): Row[] {
  const clean = text.replace(/^\ufeff/, "");
  const head = clean.trimStart().split(/\r?\n/, 1)[0] ?? "";
  const count = (one: string) => head.split(one).length;
  const between = ["\t", ";", ","].reduce((best, one) => (count(one) > count(best) ? one : best));
  const rows: Row[] = [];
  let row: string[] = [];
  let number = 0;
  let cell = "";
  let quoted = false;
  const endCell = () => {
    row.push(cell.trim());
    cell = "";
  };
  const endRow = () => {
    endCell();
    number++;
    if (row.some(Boolean)) rows.push({ number, cells: row });
    row = [];
  };
  for (let at = 0; at < clean.length; at++) {
    const letter = clean[at] as string;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (clean[at + 1] === '"') cell += clean[at++];
      else quoted = false;
    } else if (letter === '"' && cell.trim() === "") {
      cell = "";
      quoted = true;
    } else if (letter === between) endCell();
    else if (letter === "\n") endRow();
    else if (letter !== "\r") cell += letter;
  }
  endRow();
  return rows;
}

/** Where rows were left out: “4,7-9”. Empty: nowhere. */
export function gapsOf(numbers: readonly number[]): string {
  const gaps = numbers.flatMap((number, at) => {
    const from = (numbers[at - 1] ?? 0) + 1;
    return from === number ? [] : [from === number - 1 ? `${from}` : `${from}-${number - 1}`];
  });
  return gaps.join(",");
}

/** Which row of the file it is, of those that are not empty; the first is 1. */
export function rowOf(count: number, gaps: string): number {
  let number = count;
  for (const [, from, to = from] of gaps.matchAll(/(\d+)(?:-(\d+))?/g)) {
    if (Number(from) <= number) number += Number(to) - Number(from) + 1;
  }
  return number;
}

/** The text of a file: UTF-8, or what older spreadsheets write. */
export function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** What a column may be for, and how columns of that kind are often called. `day` and `time` make a start together. */
export const PURPOSES = {
  start: { label: "Start: day and time", called: ["start", "starttime", "startdatetime", "begin", "beginn", "when"] },
  day: { label: "Day", called: ["day", "date", "startdate", "appointmentdate", "bookingdate", "datum", "tag"] },
  time: { label: "Time of day", called: ["time", "at", "clock", "uhrzeit", "zeit"] },
  end: { label: "End", called: ["end", "endtime", "enddatetime", "until", "ende", "bis"] },
  duration_minutes: {
    label: "Length in minutes",
    called: ["durationminutes", "duration", "minutes", "durationmin", "length", "dauer"],
  },
  service: { label: "Service", called: ["service", "servicename", "treatment", "type", "appointmenttype", "leistung"] },
  staff: { label: "Staff", called: ["staff", "staffname", "employee", "with", "provider", "mitarbeiter"] },
  customer_name: {
    label: "Customer: name",
    called: ["customername", "customer", "client", "clientname", "name", "guest", "patient", "kunde"],
  },
  customer_email: { label: "Customer: e-mail", called: ["customeremail", "email", "mail", "clientemail"] },
  customer_phone: {
    label: "Customer: phone",
    called: ["customerphone", "phone", "mobile", "phonenumber", "clientphone", "telefon"],
  },
  status: { label: "Status", called: ["status", "state"] },
  notes: { label: "Notes", called: ["notes", "note", "comment", "comments", "notizen"] },
  external_id: { label: "Its number there", called: ["externalid", "id", "bookingid", "appointmentid", "reference"] },
} as const;
export type Purpose = keyof typeof PURPOSES;
export const purposes = Object.keys(PURPOSES) as Purpose[];
/** What each column is for, in the order of the columns; null: nothing. */
export type Mapping = (Purpose | null)[];

/** What columns are for, by their names. */
export function guess(heads: readonly string[]): Mapping {
  const taken = new Set<Purpose>();
  return heads.map((head) => {
    const name = head.toLowerCase().replaceAll(/[^\p{L}\d]/gu, "");
    const found = purposes.find((one) => (PURPOSES[one].called as readonly string[]).includes(name));
    if (!found || taken.has(found)) return null;
    taken.add(found);
    return found;
  });
}

/** What is missing before the table can be sent. */
export function missing(mapping: Mapping): string | null {
  const has = (one: Purpose) => mapping.includes(one);
  if (!has("service")) return "Say which column names the service.";
  if (!has("start") && !has("day")) return "Say which column says when a booking begins.";
  return null;
}

export type Order = "day" | "month";
const SHORT = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})/;

/** Whether 3/4 is in April or in March; null: the table writes no such dates. `sure` if a date says so. */
export function orderOf(texts: readonly string[]): { order: Order; sure: boolean } | null {
  const dates = texts.map((text) => SHORT.exec(text)).filter((one) => one !== null);
  if (dates.length === 0) return null;
  if (dates.some(([, first]) => Number(first) > 12)) return { order: "day", sure: true };
  if (dates.some(([, , second]) => Number(second) > 12)) return { order: "month", sure: true };
  return { order: dates.some(([whole]) => whole.includes("/")) ? "month" : "day", sure: false };
}

const two = (number: number | string) => String(number).padStart(2, "0");
const CLOCK = /^(\d{1,2})(?:[:.h](\d{2}))?(?::(\d{2}))?\s*([ap])?\.?m?\.?$/i;

/** A time as `09:30`; null: it is none. */
function clockOf(text: string): string | null {
  const [, hour = "", minute, , half] = CLOCK.exec(text.trim()) ?? [];
  if (!hour || (!minute && !half)) return null;
  const late = half?.toLowerCase() === "p";
  const hours = half ? (Number(hour) % 12) + (late ? 12 : 0) : Number(hour);
  return `${two(hours)}:${minute ?? "00"}`;
}

/** A day and a time as the service reads them. What is neither stays as it is: the service says what is wrong with it. */
function moment(text: string, order: Order): string {
  if (/(z|[+-]\d\d:?\d\d)$/i.test(text) && text.includes("T")) return text;
  const short = SHORT.exec(text);
  const long = /^(\d{4})[./-](\d{1,2})[./-](\d{1,2})/.exec(text);
  const [whole = "", year, month, day] = short
    ? [short[0], short[3], ...(order === "day" ? [short[2], short[1]] : [short[1], short[2]])]
    : (long ?? []);
  const clock = clockOf(text.slice(whole.length).replace(/^[T,\s]+/, ""));
  return year && month && day && clock ? `${year}-${two(month)}-${two(day)}T${clock}` : text;
}

const STATUSES: Record<string, string> = {
  canceled: "cancelled",
  noshow: "no_show",
  "did not attend": "no_show",
  attended: "completed",
  done: "completed",
  finished: "completed",
  booked: "confirmed",
};

const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The rows as the service reads them, by the names it has for its columns. */
export function understood(rows: readonly string[][], mapping: Mapping, order: Order): Record<string, string>[] {
  return rows.map((row) => {
    const said = (one: Purpose) => row[mapping.indexOf(one)] ?? "";
    const start = moment(said("start") || `${said("day")} ${said("time")}`.trim(), order);
    const clock = clockOf(said("end"));
    const read: Record<string, string> = { start };
    for (const one of purposes) {
      if (one === "start" || one === "day" || one === "time" || !mapping.includes(one)) continue;
      if (one === "end") read.end = clock ? `${start.slice(0, 11)}${clock}` : said("end") && moment(said("end"), order);
      else if (one === "status") read.status = STATUSES[said("status").toLowerCase()] ?? said("status");
      else if (one === "duration_minutes") read[one] = said(one).replace(/\s*min\w*\.?$/i, "");
      else read[one] = said(one);
    }
    return read;
  });
}

/** The table that is sent. */
export function write(rows: readonly Record<string, string>[]): string {
  const heads = Object.keys(rows[0] ?? {});
  return [heads, ...rows.map((row) => heads.map((head) => row[head] ?? ""))]
    .map((row) => row.map(cell).join(","))
    .join("\n");
}
