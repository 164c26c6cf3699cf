// Colours of events. Google names eleven by number, CalDAV names CSS colours (RFC 7986 §5.9), Microsoft has none.
import type { Calendar, Event, Provider } from "@/api/types";
import { calendarColour } from "@/lib/colour";

export interface Colour {
  value: string;
  name: string;
  css: string;
}

const google: Colour[] = [
  { value: "1", name: "Lavender", css: "#7986cb" },
  { value: "2", name: "Sage", css: "#33b679" },
  { value: "3", name: "Grape", css: "#8e24aa" },
  { value: "4", name: "Flamingo", css: "#e67c73" },
  { value: "5", name: "Banana", css: "#f6bf26" },
  { value: "6", name: "Tangerine", css: "#f4511e" },
  { value: "7", name: "Peacock", css: "#039be5" },
  { value: "8", name: "Graphite", css: "#616161" },
  { value: "9", name: "Blueberry", css: "#3f51b5" },
  { value: "10", name: "Basil", css: "#0b8043" },
  { value: "11", name: "Tomato", css: "#d50000" },
];

const named = (value: string, name: string): Colour => ({ value, name, css: value });
const css: Colour[] = [
  named("tomato", "Tomato"),
  named("darkorange", "Orange"),
  named("gold", "Gold"),
  named("yellowgreen", "Yellow green"),
  named("seagreen", "Sea green"),
  named("teal", "Teal"),
  named("deepskyblue", "Sky blue"),
  named("royalblue", "Royal blue"),
  named("slateblue", "Slate blue"),
  named("orchid", "Orchid"),
  named("crimson", "Crimson"),
  named("slategray", "Slate grey"),
];

export const palettes = { google, microsoft: [], caldav: css } satisfies Record<Provider, Colour[]>;

/** What to paint an event with: its own colour, else its calendar's. */
export function paint(
  event: Pick<Event, "colour" | "provider">,
  calendar: Pick<Calendar, "id" | "colour"> | undefined,
): string {
  if (event.colour) {
    const known = palettes[event.provider].find((one) => one.value === event.colour);
    if (known) return known.css;
    if (event.provider === "caldav" && /^[a-z]+$/.test(event.colour)) return event.colour;
  }
  return calendar ? calendarColour(calendar) : "var(--mantine-primary-color-filled)";
}
