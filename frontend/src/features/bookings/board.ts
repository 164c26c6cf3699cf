// The day board without a screen: where bookings, hours and closures lie on a day of a zone's clock, in minutes.
import type { Booking, Closure, HoursSpan, Week, WorkingHours } from "@/api/types";
import { addDays, daysBetween, instantOf, minutesBetween, wallAt, wallOf, weekdayOf } from "@/lib/wall";

export const DAY = 1440;
/** Cards move by quarters of an hour. */
export const STEP = 15;

/** Minutes after midnight; `to` lies behind `from`. */
export interface Span {
  from: number;
  to: number;
}

const within = ({ from, to }: Span): Span[] => {
  const cut = { from: Math.max(0, from), to: Math.min(DAY, to) };
  return cut.to > cut.from ? [cut] : [];
};

/** How far an instant lies behind the midnight with which the day begins, by the clock on the wall. */
const minuteOf = (instant: string, day: string, zone: string): number =>
  minutesBetween(wallAt(day, "00:00"), wallOf(instant, zone));

export const spanOf = (one: { start: string; end: string }, day: string, zone: string): Span => {
  const from = minuteOf(one.start, day, zone);
  // When the clock is put back within it, it is still as long as it is.
  return { from, to: Math.max(from + 1, minuteOf(one.end, day, zone)) };
};

/** The instant of a minute of the day. */
export const instantAt = (day: string, minute: number, zone: string): string => {
  const over = Math.floor(minute / DAY);
  const rest = minute - over * DAY;
  const time = `${String(Math.floor(rest / 60)).padStart(2, "0")}:${String(rest % 60).padStart(2, "0")}`;
  return instantOf(wallAt(addDays(day, over), time), zone);
};

const week: (keyof Week)[] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

function hoursOn(hours: WorkingHours, day: string): HoursSpan[] {
  const exception = hours.exceptions.find((one) => one.date === day);
  if (exception) return exception.hours ?? [];
  return hours.weekly[week[weekdayOf(day) - 1] ?? "monday"] ?? [];
}

/** When somebody works on a day of the board; their own clock may be another one, and work may cross midnight. */
export function openSpans(hours: WorkingHours, day: string, zone: string): Span[] {
  const days = [addDays(day, -1), day, addDays(day, 1)];
  return days.flatMap((theirs) =>
    hoursOn(hours, theirs).flatMap(({ from, to }) => {
      const next = to <= from || to === "24:00";
      const end = wallAt(next ? addDays(theirs, 1) : theirs, to === "24:00" ? "00:00" : to);
      const worked = {
        start: instantOf(wallAt(theirs, from), hours.time_zone),
        end: instantOf(end, hours.time_zone),
      };
      return within(spanOf(worked, day, zone));
    }),
  );
}

/** When a client is closed on a day of the board. `theirs`: the zone in which its days are. */
export function closedSpans(
  closures: readonly Closure[],
  day: string,
  zone: string,
  theirs: string,
): (Span & { name: string })[] {
  return closures.flatMap(({ name, first_day, last_day, starts_at, ends_at }) => {
    const whole = first_day &&
      last_day && {
        start: instantOf(wallAt(first_day, "00:00"), theirs),
        end: instantOf(wallAt(addDays(last_day, 1), "00:00"), theirs),
      };
    const part = starts_at && ends_at && { start: starts_at, end: ends_at };
    const span = whole || part;
    if (!span || Math.abs(daysBetween(day, wallOf(span.start, zone).slice(0, 10))) > 400) return [];
    return within(spanOf(span, day, zone)).map((cut) => ({ ...cut, name }));
  });
}

export interface Card extends Span {
  booking: Booking;
  /** Which of `lanes` columns side by side it stands in. */
  lane: number;
  lanes: number;
}

/** The bookings of one person, those at the same time side by side. */
export function cardsOf(bookings: readonly Booking[], staff: string, day: string, zone: string): Card[] {
  const mine = bookings
    .filter((one) => one.staff.some((person) => person.id === staff))
    .flatMap((booking) => within(spanOf(booking, day, zone)).map((span) => ({ booking, ...span })))
    .sort((a, b) => a.from - b.from || b.to - a.to);
  const cards: Card[] = [];
  let group: Card[] = [];
  let ends: number[] = [];
  for (const one of mine) {
    if (ends.every((end) => end <= one.from)) {
      group = [];
      ends = [];
    }
    const free = ends.findIndex((end) => end <= one.from);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = one.to;
    const card = { ...one, lane, lanes: ends.length };
    group.push(card);
    for (const other of group) other.lanes = ends.length;
    cards.push(card);
  }
  return cards;
}

/** Where a card that was moved to a minute is put down. Its way is rounded and not the place: sideways its time stays. */
export function putDown(card: Span, minute: number, shown: Span): number {
  const moved = card.from + Math.round((minute - card.from) / STEP) * STEP;
  return Math.min(Math.max(moved, shown.from), Math.min(DAY, shown.to) - Math.min(card.to - card.from, STEP));
}

/** The whole hours that are shown: all that is worked or booked, and never less than a working day. */
export function shownHours(spans: readonly Span[]): Span {
  const from = Math.min(8 * 60, ...spans.map((one) => one.from));
  const to = Math.max(18 * 60, ...spans.map((one) => one.to));
  return { from: Math.floor(from / 60) * 60, to: Math.min(DAY, Math.ceil(to / 60) * 60) };
}
