// What the addresses of the event pages may carry. Unknown or odd values fall back to the default view.

/** An event opened beside the page, or a new one with what is known of it. */
export interface OpenEvent {
  /** An id, or `new`. */
  event?: string;
  /** Of a new event: wall time in `in`, or a day for a whole-day event. */
  start?: string;
  end?: string;
  /** Of a new event: the zone of `start` and `end`. */
  in?: string;
  /** Of a new event: the calendar it goes into. */
  into?: string;
}

export interface CalendarSearch extends OpenEvent {
  view?: "month" | "week" | "day" | "agenda";
  /** The day in view, `YYYY-MM-DD`. */
  date?: string;
  /** IANA zone of the display. */
  zone?: string;
  /** Only these calendars, by id with commas between. */
  calendars?: string;
}

export interface EventsSearch extends OpenEvent {
  q?: string;
  from?: string;
  to?: string;
  /** Only these calendars, by id with commas between. */
  calendars?: string;
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const views = ["month", "week", "day", "agenda"] as const;

export const openEvent = (search: Record<string, unknown>): OpenEvent => ({
  event: text(search.event),
  start: text(search.start),
  end: text(search.end),
  in: text(search.in),
  into: text(search.into),
});

export const calendarSearch = (search: Record<string, unknown>): CalendarSearch => ({
  view: views.find((view) => view === search.view),
  date: text(search.date),
  zone: text(search.zone),
  calendars: text(search.calendars),
  ...openEvent(search),
});

export const eventsSearch = (search: Record<string, unknown>): EventsSearch => ({
  q: text(search.q),
  from: text(search.from),
  to: text(search.to),
  calendars: text(search.calendars),
  ...openEvent(search),
});
