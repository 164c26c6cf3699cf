// A recurrence in a sentence.
import { showDay, showWall, weekdayOf } from "@/lib/wall";
import { type Anchor, anchorDay, type Frequency, type Recurrence, type Rule, WEEKDAYS, type Weekday } from "./rule";

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

export const weekdayName = (day: Weekday): string => NAMES[day];
export const nthName = (nth: number): string => NTH[nth] ?? `${nth}th`;
export const unitName = (frequency: Frequency, interval: number): string => UNITS[frequency][interval === 1 ? 0 : 1];

export function ordinal(n: number): string {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
}

const list = (words: string[]) => new Intl.ListFormat("en", { type: "conjunction" }).format(words);
export const monthName = (month: number): string =>
  showWall(`2024-${String(month).padStart(2, "0")}-01`, { month: "long" });

function weekdaysText(days: readonly Weekday[]): string {
  const set = WEEKDAYS.filter((day) => days.includes(day));
  if (set.length === 7) return "every day";
  if (set.join() === "MO,TU,WE,TH,FR") return "Monday to Friday";
  if (set.join() === "SA,SU") return "the weekend";
  return list(set.map(weekdayName));
}

const dayOfMonth = (day: number) => (day === -1 ? "last day" : ordinal(day));

function pattern(rule: Rule, start: string): string {
  const every =
    rule.interval === 1
      ? `Every ${unitName(rule.frequency, 1)}`
      : `Every ${rule.interval} ${unitName(rule.frequency, 2)}`;
  const nth = rule.by.kind === "weekday" ? `${nthName(rule.by.nth)} ${weekdayName(rule.by.weekday)}` : "";
  switch (rule.frequency) {
    case "DAILY":
      return every;
    case "WEEKLY": {
      const own = WEEKDAYS[weekdayOf(start) - 1] as Weekday;
      return `${every} on ${weekdaysText(rule.weekdays.length > 0 ? rule.weekdays : [own])}`;
    }
    case "MONTHLY":
      return rule.by.kind === "day" ? `${every} on the ${dayOfMonth(rule.by.day)}` : `${every} on the ${nth}`;
    case "YEARLY":
      return rule.by.kind === "day"
        ? `${every} on the ${dayOfMonth(rule.by.day)} of ${monthName(rule.month)}`
        : `${every} on the ${nth} of ${monthName(rule.month)}`;
  }
}

function ending(rule: Rule): string {
  switch (rule.end.kind) {
    case "never":
      return "";
    case "until":
      return rule.end.day ? `, until ${showDay(rule.end.day)}` : "";
    case "count":
      return rule.end.count === 1 ? ", once" : `, ${rule.end.count} times`;
  }
}

/** E.g. “Every week on Monday and Wednesday, until Fri, 18 Dec 2026, except 1 date”. */
export function describe(recurrence: Recurrence, anchor: Anchor): string {
  if (recurrence.kind === "none") return "Does not repeat";
  if (recurrence.kind === "raw") return "Repeats by a rule written by hand";
  const dates = (n: number) => `${n} ${n === 1 ? "date" : "dates"}`;
  return [
    pattern(recurrence.rule, anchorDay(anchor)),
    ending(recurrence.rule),
    recurrence.except.length > 0 ? `, except ${dates(recurrence.except.length)}` : "",
    recurrence.extra.length > 0 ? `, plus ${dates(recurrence.extra.length)}` : "",
  ].join("");
}
