// What the addresses of the event pages may carry. Unknown or odd values fall back to the default view.

export interface CalendarSearch {
  view?: "month" | "week" | "day" | "agenda";
  /** The day in view, `YYYY-MM-DD`. */
  date?: string;
  /** IANA zone of the display. */
  zone?: string;
  /** Opens the editor for a new event at once (palette, quick actions). */
  new?: boolean;
}

export interface EventsSearch {
  q?: string;
  from?: string;
  to?: string;
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const views = ["month", "week", "day", "agenda"] as const;

export const calendarSearch = (search: Record<string, unknown>): CalendarSearch => ({
  view: views.find((view) => view === search.view),
  date: text(search.date),
  zone: text(search.zone),
  new: search.new === true || undefined,
});

export const eventsSearch = (search: Record<string, unknown>): EventsSearch => ({
  q: text(search.q),
  from: text(search.from),
  to: text(search.to),
});
