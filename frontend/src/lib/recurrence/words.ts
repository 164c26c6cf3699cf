// A recurrence in a sentence. It is read from the lines that are written, so it says what they say; a rule it has no exact
// words for is shown as it is, because a wrong sentence is worse than none.
import { showDay, showWall, weekdayOf } from "../wall";
import {
  type Anchor,
  anchorDay,
  FREQUENCIES,
  type Frequency,
  type Recurrence,
  untilDay,
  WEEKDAYS,
  type Weekday,
  WORKDAYS,
  writeRecurrence,
} from "./rule";

const NAMES: Record<Weekday, string> = {
  MO: "Monday",
  TU: "Tuesday",
  WE: "Wednesday",
  TH: "Thursday",
  FR: "Friday",
  SA: "Saturday",
  SU: "Sunday",
};
const UNITS: Record<Frequency, [string, string]> = {
  DAILY: ["day", "days"],
  WEEKLY: ["week", "weeks"],
  MONTHLY: ["month", "months"],
  YEARLY: ["year", "years"],
};
const NTH: Record<number, string> = { 1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", [-1]: "last" };

/** Not every month has a 31st. */
const RARE = ", where there is one";
/** Of the months in any year. */
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const weekdayName = (day: Weekday): string => NAMES[day];
export const nthName = (nth: number): string => NTH[nth] ?? `${nth}th`;
export const unitName = (frequency: Frequency, interval: number): string => UNITS[frequency][interval === 1 ? 0 : 1];

export function ordinal(n: number): string {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
}

const list = (words: string[]) => new Intl.ListFormat("en", { type: "conjunction" }).format(words);
const monthName = (month: number): string => showWall(`2024-${String(month).padStart(2, "0")}-01`, { month: "long" });
const is = (days: readonly Weekday[], set: readonly Weekday[]) =>
  days.length === set.length && set.every((day) => days.includes(day));

function weekdaysText(days: readonly Weekday[]): string {
  if (days.length === 7) return "every day";
  if (is(days, WORKDAYS)) return "Monday to Friday";
  if (is(days, ["SA", "SU"])) return "the weekend";
  return list(WEEKDAYS.filter((day) => days.includes(day)).map(weekdayName));
}

/** The parts of a rule; `null` for a part twice or one there are no words for. */
function partsOf(text: string): Map<string, string[]> | null {
  const known = /^(FREQ|INTERVAL|COUNT|UNTIL|WKST|BYDAY|BYMONTHDAY|BYMONTH|BYSETPOS)$/;
  const parts = new Map<string, string[]>();
  for (const part of text.toUpperCase().split(";")) {
    const [name = "", value] = part.split("=");
    if (!known.test(name) || parts.has(name) || !value) return null;
    parts.set(name, value.split(","));
  }
  return parts;
}

const numbers = (texts: string[] | undefined, fits: (n: number) => boolean): number[] | null => {
  const all = (texts ?? []).map((text) => (/^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN));
  return all.every(fits) ? all.sort((a, b) => a - b) : null;
};

interface Day {
  nth: number | null;
  day: Weekday;
}
function weekdays(texts: string[] | undefined): Day[] | null {
  const all = (texts ?? []).map((text): Day | null => {
    const [, nth, day] = /^([+-]?\d+)?(MO|TU|WE|TH|FR|SA|SU)$/.exec(text) ?? [];
    const position = nth === undefined ? null : Number(nth);
    return day && (position === null || position in NTH) ? { nth: position, day: day as Weekday } : null;
  });
  return all.includes(null) ? null : (all as Day[]);
}

/** “the last Friday”, “the 1st and 15th”, “the last workday (Monday to Friday)”: which days of a month. */
function inMonth(days: Day[], monthDays: number[], position: number | null, own: number): string | null {
  const plain = days.filter((one) => one.nth === null).map((one) => one.day);
  const dates = () => {
    const words = monthDays.map((day) => (day === -1 ? "last day" : ordinal(day)));
    // Sorted, the last day would come first.
    const sorted = monthDays[0] === -1 ? [...words.slice(1), words[0] as string] : words;
    return `the ${list(sorted)}`;
  };
  if (days.length === 0) {
    if (position !== null) return null;
    return monthDays.length > 0 ? dates() : `the ${ordinal(own)}`;
  }
  if (plain.length > 0 && plain.length < days.length) return null;
  if (position !== null) {
    if (plain.length === 0 || monthDays.length > 0 || !(position in NTH)) return null;
    const which = nthName(position);
    if (plain.length === 7) return position === -1 ? "the last day" : `the ${ordinal(position)}`;
    if (plain.length === 1) return `the ${which} ${weekdaysText(plain)}`;
    if (is(plain, WORKDAYS)) return `the ${which} workday (Monday to Friday)`;
    return `the ${which} day that is a ${plain.map(weekdayName).join(" or a ")}`;
  }
  if (monthDays.length > 0) {
    if (plain.length === 0) return null;
    return `${dates()}, only when that is a ${plain.map(weekdayName).join(" or a ")}`;
  }
  if (plain.length > 0) return plain.length === 7 ? "every day" : `every ${list(plain.map(weekdayName))}`;
  return `the ${list(days.map((one) => `${nthName(one.nth as number)} ${weekdayName(one.day)}`))}`;
}

/** The rule without its end, or `null` when there are no exact words for it. */
function pattern(parts: Map<string, string[]>, start: string): string | null {
  const frequency = FREQUENCIES.find((one) => one === parts.get("FREQ")?.join());
  const interval = Number(parts.get("INTERVAL")?.join() ?? 1);
  const days = weekdays(parts.get("BYDAY"));
  const monthDays = numbers(parts.get("BYMONTHDAY"), (n) => n === -1 || (n >= 1 && n <= 31));
  const months = numbers(parts.get("BYMONTH"), (n) => n >= 1 && n <= 12);
  const positions = numbers(parts.get("BYSETPOS"), (n) => n !== 0);
  if (!frequency || !Number.isInteger(interval) || interval < 1) return null;
  if (!days || !monthDays || !months || !positions || positions.length > 1) return null;
  const position = positions[0] ?? null;
  const every = interval === 1 ? `Every ${unitName(frequency, 1)}` : `Every ${interval} ${unitName(frequency, 2)}`;
  const plain = days.every((one) => one.nth === null) ? days.map((one) => one.day) : null;
  const only = months.length > 0 ? `, only in ${list(months.map(monthName))}` : "";
  const own = Number(start.slice(8, 10));
  const latest =
    days.length > 0 && monthDays.length === 0 ? 0 : Math.max(...(monthDays.length > 0 ? monthDays : [own]));
  switch (frequency) {
    case "DAILY": {
      if (!plain || position !== null || monthDays.length > 0) return null;
      return `${every}${plain.length > 0 && plain.length < 7 ? `, only on ${weekdaysText(plain)}` : ""}${only}`;
    }
    case "WEEKLY": {
      if (!plain || position !== null || monthDays.length > 0) return null;
      const weekday = WEEKDAYS[weekdayOf(start) - 1] as Weekday;
      return `${every} on ${weekdaysText(plain.length > 0 ? plain : [weekday])}${only}`;
    }
    case "MONTHLY": {
      const which = inMonth(days, monthDays, position, own);
      return which && `${every} on ${which}${latest > 28 ? RARE : ""}${only}`;
    }
    case "YEARLY": {
      // Without months these count within the whole year, and so does a position in several months.
      if (months.length === 0 && (days.length > 0 || monthDays.length > 0 || position !== null)) return null;
      if (position !== null && months.length > 1) return null;
      if (days.length > 0 && monthDays.length > 0) return null;
      const meant = months.length > 0 ? months : [Number(start.slice(5, 7))];
      const which = inMonth(days, monthDays, position, own);
      const rare = meant.some((month) => latest > (DAYS[month - 1] ?? 31)) ? RARE : "";
      return which && `${every} on ${which} of ${list(meant.map(monthName))}${rare}`;
    }
  }
}

function ending(parts: Map<string, string[]>, anchor: Anchor): string | null {
  const count = parts.get("COUNT");
  const until = parts.get("UNTIL");
  if (count && until) return null;
  if (count) {
    const times = Number(count.join());
    if (!Number.isInteger(times) || times < 1) return null;
    return times === 1 ? ", once" : `, ${times} times`;
  }
  if (!until) return "";
  const day = untilDay(until.join(), anchor);
  return day && `, until ${showDay(day)}`;
}

function sayRule(text: string, anchor: Anchor): string | null {
  const parts = partsOf(text);
  const head = parts && pattern(parts, anchorDay(anchor));
  const tail = parts && ending(parts, anchor);
  return head && tail !== null ? head + tail : null;
}

/** The content lines in words, or as they are when there are no exact words. */
export function describeLines(lines: readonly string[], anchor: Anchor): string {
  const kept = lines.map((line) => line.trim()).filter(Boolean);
  if (kept.length === 0) return "Does not repeat";
  const asItIs = `By the rule ${kept.map((line) => line.replace(/^RRULE:/i, "")).join("; ")}`;
  let sentence: string | null = null;
  let extra = 0;
  let except = 0;
  for (const line of kept) {
    const [head = "", value = ""] = [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)];
    const name = head.split(";")[0]?.toUpperCase();
    if (name === "RRULE" && sentence === null) sentence = sayRule(value, anchor);
    else if (name === "RDATE") extra += value.split(",").length;
    else if (name === "EXDATE") except += value.split(",").length;
    else return asItIs;
    if (name === "RRULE" && sentence === null) return asItIs;
  }
  const dates = (n: number) => `${n} ${n === 1 ? "date" : "dates"}`;
  return [
    sentence ?? "Once",
    except > 0 ? `, except ${dates(except)}` : "",
    extra > 0 ? `, plus ${dates(extra)}` : "",
  ].join("");
}

/** E.g. “Every week on Monday and Wednesday, until Fri, 18 Dec 2026, except 1 date”. */
export const describe = (recurrence: Recurrence, anchor: Anchor): string => {
  // The form may be half filled in; there is nothing to say of an end that is not chosen yet.
  if (recurrence.kind !== "rule" || recurrence.rule.end.kind !== "until" || recurrence.rule.end.day)
    return describeLines(writeRecurrence(recurrence, anchor), anchor);
  const endless = { ...recurrence, rule: { ...recurrence.rule, end: { kind: "never" as const } } };
  return describeLines(writeRecurrence(endless, anchor), anchor);
};
