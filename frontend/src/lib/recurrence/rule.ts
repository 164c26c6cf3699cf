// A recurrence as a form edits it, and its content lines (RFC 5545 §3.3.10, §3.8.5). What the form cannot say stays raw:
// a rule written elsewhere is never simplified by opening it.
import { addDays, dayOf, daysInMonth, rezone, timeOf, weekdayOf } from "../wall";

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export const FREQUENCIES = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;
export type Frequency = (typeof FREQUENCIES)[number];

export interface Rule {
  frequency: Frequency;
  interval: number;
  /** Weekly only; empty means the weekday of the start. */
  weekdays: Weekday[];
  /** Monthly and yearly: by day of the month, or by the nth weekday or workday (−1 is the last). */
  by:
    | { kind: "day"; day: number }
    | { kind: "weekday"; nth: number; weekday: Weekday }
    | { kind: "workday"; nth: number };
  /** Yearly only. */
  month: number;
  end: { kind: "never" } | { kind: "until"; day: string } | { kind: "count"; count: number };
  weekStart: Weekday | null;
}

export type Recurrence =
  | { kind: "none" }
  | { kind: "rule"; rule: Rule; extra: string[]; except: string[] }
  /** Content lines as they are. */
  | { kind: "raw"; lines: string[] };

/** Where the series starts: a day, or a wall time with its zone. */
export type Anchor = { day: string } | { wall: string; zone: string };

export const anchorDay = (anchor: Anchor): string => ("day" in anchor ? anchor.day : dayOf(anchor.wall));

export const WORKDAYS: readonly Weekday[] = ["MO", "TU", "WE", "TH", "FR"];

const weekdayAt = (day: string): Weekday => WEEKDAYS[weekdayOf(day) - 1] ?? "MO";
export const nthOf = (day: string): number => Math.ceil(Number(day.slice(8, 10)) / 7);
export const isLastOf = (day: string): boolean => Number(day.slice(8, 10)) + 7 > daysInMonth(day);

/** Whether the day is the first (1) or last (−1) of its month from Monday to Friday. */
export const isWorkday = (day: string, nth: 1 | -1): boolean => {
  const own = weekdayOf(day);
  if (own > 5) return false;
  const number = Number(day.slice(8, 10));
  // A Monday may be the third because of the weekend before it, a Friday the last but two.
  return nth === 1 ? number <= (own === 1 ? 3 : 1) : daysInMonth(day) - number <= (own === 5 ? 2 : 0);
};

/** A new rule that fits the start. */
export function ruleFrom(day: string, frequency: Frequency = "WEEKLY"): Rule {
  return {
    frequency,
    interval: 1,
    weekdays: frequency === "WEEKLY" ? [weekdayAt(day)] : [],
    by: { kind: "day", day: Number(day.slice(8, 10)) },
    month: Number(day.slice(5, 7)),
    end: { kind: "never" },
    weekStart: null,
  };
}

/** The same rule after the start moved: what followed the old start follows the new one. */
export function follow(rule: Rule, from: string, to: string): Rule {
  const [oldDay, newDay] = [weekdayAt(from), weekdayAt(to)];
  const onlyStart = rule.weekdays.length === 1 && rule.weekdays[0] === oldDay;
  const by =
    rule.by.kind === "day"
      ? rule.by.day === Number(from.slice(8, 10))
        ? { kind: "day" as const, day: Number(to.slice(8, 10)) }
        : rule.by
      : rule.by.kind === "weekday" &&
          rule.by.weekday === oldDay &&
          (rule.by.nth === nthOf(from) || (rule.by.nth === -1 && isLastOf(from)))
        ? { kind: "weekday" as const, nth: rule.by.nth === -1 && isLastOf(to) ? -1 : nthOf(to), weekday: newDay }
        : rule.by;
  return {
    ...rule,
    weekdays: onlyStart ? [newDay] : rule.weekdays,
    by,
    month: rule.month === Number(from.slice(5, 7)) ? Number(to.slice(5, 7)) : rule.month,
  };
}

// ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const compactDay = (text: string) => `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
const compactWall = (text: string) =>
  `${compactDay(text)}T${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13, 15)}`;
const isWeekday = (text: string): text is Weekday => (WEEKDAYS as readonly string[]).includes(text);

/** The local day of a compact DATE or DATE-TIME. */
function localDay(value: string, zone: string | null): string | null {
  if (/^\d{8}$/.test(value)) return compactDay(value);
  if (/^\d{8}T\d{6}$/.test(value)) return compactDay(value);
  if (/^\d{8}T\d{6}Z$/.test(value)) {
    return zone === null ? compactDay(value) : dayOf(rezone(compactWall(value), "UTC", zone));
  }
  return null;
}

/** The last day UNTIL leaves room for: a moment before the start's time of day ends the series on the day before. */
export function untilDay(value: string, anchor: Anchor): string | null {
  const zone = "zone" in anchor ? anchor.zone : null;
  const day = localDay(value, zone);
  if (!day || zone === null || !("wall" in anchor) || value.length === 8) return day;
  const last = value.endsWith("Z") ? rezone(compactWall(value), "UTC", zone) : compactWall(value);
  return last.slice(11) < anchor.wall.slice(11) ? addDays(day, -1) : day;
}

function parseRule(text: string, anchor: Anchor): Rule | null {
  const pairs = text.split(";").map((part) => part.toUpperCase().split("=") as [string, string]);
  const parts = new Map(pairs);
  // Two ends, or a part said twice: nobody knows what is meant.
  if (parts.size < pairs.length || (parts.has("COUNT") && parts.has("UNTIL"))) return null;
  const take = (name: string) => {
    const value = parts.get(name);
    parts.delete(name);
    return value;
  };
  const start = anchorDay(anchor);
  const frequency = FREQUENCIES.find((one) => one === parts.get("FREQ"));
  if (!frequency) return null;
  take("FREQ");
  const rule: Rule = { ...ruleFrom(start, frequency), weekdays: [] };
  rule.interval = Number(take("INTERVAL") ?? 1);
  const weekStart = take("WKST");
  if (weekStart && !isWeekday(weekStart)) return null;
  rule.weekStart = (weekStart as Weekday | undefined) ?? null;

  const finish = () => {
    const odd = !Number.isInteger(rule.interval) || rule.interval < 1;
    return odd || parts.size > 0 ? null : rule;
  };

  const count = take("COUNT");
  const until = take("UNTIL");
  if (count) {
    if (!/^[1-9]\d*$/.test(count)) return null;
    rule.end = { kind: "count", count: Number(count) };
  } else if (until) {
    const day = untilDay(until, anchor);
    if (!day) return null;
    rule.end = { kind: "until", day };
  }

  const days = take("BYDAY")?.split(",") ?? [];
  const setPosition = take("BYSETPOS");
  if (frequency === "WEEKLY") {
    if (setPosition || !days.every(isWeekday)) return null;
    rule.weekdays = WEEKDAYS.filter((day) => days.includes(day));
  } else if (frequency === "MONTHLY" || frequency === "YEARLY") {
    const monthDay = take("BYMONTHDAY");
    const month = take("BYMONTH");
    if (month !== undefined) {
      if (frequency === "MONTHLY" || !/^\d+$/.test(month)) return null;
      rule.month = Number(month);
    }
    if (days.length > 0) {
      if (setPosition && !monthDay && days.length === 5 && WORKDAYS.every((day) => days.includes(day))) {
        rule.by = { kind: "workday", nth: Number(setPosition) };
        if (![1, 2, 3, 4, 5, -1].includes(rule.by.nth) || (frequency === "YEARLY" && month === undefined)) return null;
        return finish();
      }
      const [, nth, weekday] = /^([+-]?\d+)?(MO|TU|WE|TH|FR|SA|SU)$/.exec(days[0] as string) ?? [];
      const position = Number(nth ?? setPosition ?? Number.NaN);
      if (days.length > 1 || !weekday || monthDay || (nth && setPosition)) return null;
      // “20MO” of a year counts within the year; only within a month can the form say it.
      if ((frequency === "YEARLY" && month === undefined) || !(position === -1 || (position >= 1 && position <= 5)))
        return null;
      rule.by = { kind: "weekday", nth: position, weekday: weekday as Weekday };
    } else if (monthDay !== undefined) {
      // A day of the month without its month happens in every month of the year.
      if (frequency === "YEARLY" && month === undefined) return null;
      if (setPosition || !/^-?\d+$/.test(monthDay) || Number(monthDay) < -1) return null;
      rule.by = { kind: "day", day: Number(monthDay) };
    }
  } else if (days.length > 0 || setPosition) return null;
  return finish();
}

function parseDates(line: string, zone: string | null): string[] | null {
  const colon = line.indexOf(":");
  const named = /TZID=([^;:]+)/i.exec(line.slice(0, colon))?.[1];
  if (named && zone && named !== zone) return null;
  const days = line
    .slice(colon + 1)
    .split(",")
    .map((value) => localDay(value.trim(), zone));
  return days.some((day) => day === null) ? null : (days as string[]);
}

const timesAreTheStart = (line: string, anchor: Anchor): boolean => {
  if ("day" in anchor) return true;
  return line
    .slice(line.indexOf(":") + 1)
    .split(",")
    .every((raw) => {
      const value = raw.trim();
      if (/^\d{8}$/.test(value)) return false;
      const wall = compactWall(value);
      return timeOf(value.endsWith("Z") ? rezone(wall, "UTC", anchor.zone) : wall) === timeOf(anchor.wall);
    });
};

/** Reads content lines; whatever the form could not write back unchanged in meaning is kept raw. */
export function parseRecurrence(lines: readonly string[], anchor: Anchor): Recurrence {
  const kept = lines.map((line) => line.trim()).filter(Boolean);
  if (kept.length === 0) return { kind: "none" };
  const raw: Recurrence = { kind: "raw", lines: kept };
  const rules = kept.filter((line) => /^RRULE[;:]/i.test(line));
  const first = rules[0];
  if (rules.length !== 1 || first === undefined) return raw;
  const rule = parseRule(first.slice(first.indexOf(":") + 1), anchor);
  if (!rule) return raw;
  const zone = "zone" in anchor ? anchor.zone : null;
  const extra: string[] = [];
  const except: string[] = [];
  for (const line of kept) {
    if (line === first) continue;
    const target = /^RDATE[;:]/i.test(line) ? extra : /^EXDATE[;:]/i.test(line) ? except : null;
    const days =
      target && !/VALUE=PERIOD/i.test(line) && timesAreTheStart(line, anchor) ? parseDates(line, zone) : null;
    if (!target || !days) return raw;
    target.push(...days);
  }
  return { kind: "rule", rule, extra: [...new Set(extra)].sort(), except: [...new Set(except)].sort() };
}

// ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const compact = (wall: string) => wall.replaceAll(/[-:]/g, "");

function writeRule(rule: Rule, anchor: Anchor): string {
  const start = anchorDay(anchor);
  const parts = [`FREQ=${rule.frequency}`];
  if (rule.interval > 1) parts.push(`INTERVAL=${rule.interval}`);
  if (rule.frequency === "WEEKLY" && rule.weekdays.length > 0) {
    parts.push(`BYDAY=${WEEKDAYS.filter((day) => rule.weekdays.includes(day)).join(",")}`);
  }
  const { by } = rule;
  const ownDay = by.kind === "day" && by.day === Number(start.slice(8, 10));
  // Without its month, a day of a yearly rule would be meant in every month.
  if (rule.frequency === "YEARLY" && (!ownDay || rule.month !== Number(start.slice(5, 7)))) {
    parts.push(`BYMONTH=${rule.month}`);
  }
  if (rule.frequency === "MONTHLY" || rule.frequency === "YEARLY") {
    if (by.kind === "weekday") parts.push(`BYDAY=${by.nth}${by.weekday}`);
    else if (by.kind === "workday") parts.push(`BYDAY=${WORKDAYS.join(",")}`, `BYSETPOS=${by.nth}`);
    else if (rule.frequency === "MONTHLY" || !ownDay) parts.push(`BYMONTHDAY=${by.day}`);
  }
  if (rule.end.kind === "count") parts.push(`COUNT=${rule.end.count}`);
  if (rule.end.kind === "until") {
    // UNTIL has the kind of the start: a day, or the UTC moment of the day's last second in the zone.
    parts.push(
      "day" in anchor
        ? `UNTIL=${compact(rule.end.day)}`
        : `UNTIL=${compact(rezone(`${rule.end.day}T23:59:59`, anchor.zone, "UTC"))}Z`,
    );
  }
  if (rule.weekStart && rule.weekStart !== "MO") parts.push(`WKST=${rule.weekStart}`);
  return `RRULE:${parts.join(";")}`;
}

function writeDates(name: "RDATE" | "EXDATE", days: readonly string[], anchor: Anchor): string[] {
  if (days.length === 0) return [];
  if ("day" in anchor) return [`${name};VALUE=DATE:${days.map(compact).join(",")}`];
  const time = compact(anchor.wall.slice(10));
  return [`${name};TZID=${anchor.zone}:${days.map((day) => compact(day) + time).join(",")}`];
}

/** The content lines the service stores. */
export function writeRecurrence(recurrence: Recurrence, anchor: Anchor): string[] {
  if (recurrence.kind === "none") return [];
  if (recurrence.kind === "raw") return recurrence.lines.map((line) => line.trim()).filter(Boolean);
  return [
    writeRule(recurrence.rule, anchor),
    ...writeDates("RDATE", recurrence.extra, anchor),
    ...writeDates("EXDATE", recurrence.except, anchor),
  ];
}

/** What is wrong with the form's rule, or `null`. */
export function ruleProblem(rule: Rule, anchor: Anchor): string | null {
  const start = anchorDay(anchor);
  if (!Number.isInteger(rule.interval) || rule.interval < 1 || rule.interval > 999) return "Repeat every 1 to 999.";
  if (rule.end.kind === "count" && !(Number.isInteger(rule.end.count) && rule.end.count >= 1))
    return "Say how many times, at least once.";
  if (rule.end.kind === "until") {
    if (!rule.end.day) return "Choose the last day.";
    if (rule.end.day < start) return "The last day is before the first one.";
  }
  return null;
}

/** Ends ten occurrences or so after the start, as a first proposal. */
export const proposeUntil = (rule: Rule, start: string): string => {
  const span = { DAILY: 10, WEEKLY: 70, MONTHLY: 305, YEARLY: 1826 } satisfies Record<Frequency, number>;
  return addDays(start, span[rule.frequency] * rule.interval);
};
