// Services, hours and closures in words.
import type { HoursSpan, Service, Week } from "@/api/types";
import { count } from "@/lib/count";
import { dateFormat } from "@/lib/intl";

export const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Day = (typeof days)[number];

export const dayNames: Record<Day, string> = {
  monday: "Monday",
  tuesday: "Tuesday",
  wednesday: "Wednesday",
  thursday: "Thursday",
  friday: "Friday",
  saturday: "Saturday",
  sunday: "Sunday",
};

/** “45 min”, “2 h”, “1 h 30 min”, “2 days”. */
export function length(minutes: number): string {
  if (minutes === 0) return "0 min";
  return minutes % 1440 === 0 ? count(minutes / 1440, "day") : inHours(minutes);
}

/** As `length`, but 48 h stay hours. */
export function inHours(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 && `${hours} h`, rest > 0 && `${rest} min`].filter(Boolean).join(" ");
}

type Terms = Pick<
  Service,
  | "duration_minutes"
  | "before_minutes"
  | "after_minutes"
  | "capacity"
  | "notice_minutes"
  | "horizon_days"
  | "daily_limit"
  | "step_minutes"
>;

/** “60 min + 15 min after, up to 3 people, from 2 h to 60 days ahead”. */
export function terms(service: Terms): string {
  const { before_minutes: before, after_minutes: after, capacity, notice_minutes: notice, horizon_days } = service;
  const buffers = [before > 0 && `${length(before)} before`, after > 0 && `${length(after)} after`].filter(Boolean);
  const time = [`${length(service.duration_minutes)}`, ...buffers].join(" + ");
  const until = horizon_days === 0 ? "today only" : `to ${count(horizon_days, "day")} ahead`;
  const reach = horizon_days === 0 ? until : notice > 0 ? `from ${length(notice)} ${until}` : `up ${until}`;
  const limit = service.daily_limit && `at most ${service.daily_limit} a day`;
  return [time, capacity > 1 && `up to ${capacity} people`, reach, limit].filter(Boolean).join(", ");
}

const minute = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
};

/** Where a span lies on its day, in minutes; one that crosses midnight ends after 1440. */
export function place({ from, to }: HoursSpan): { from: number; to: number } {
  const [start, end] = [minute(from), minute(to)];
  return { from: start, to: end > start ? end : end + 1440 };
}

/** Minutes of work in an ordinary week; what is half typed does not count. */
export const workload = (week: Week): number =>
  days
    .flatMap((day) => week[day] ?? [])
    .filter(({ from, to }) => from !== "" && to !== "")
    .map(place)
    .reduce((sum, { from, to }) => sum + to - from, 0);

const day = (date: string): string =>
  dateFormat({ dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date}T12:00Z`));

/** “24 Dec 2026”, “24 Dec 2026 to 26 Dec 2026”. */
export const dayRange = (first: string, last: string): string =>
  first === last ? day(first) : `${day(first)} to ${day(last)}`;
