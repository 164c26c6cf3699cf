import { Repeat, Users } from "lucide-react";
import { memo } from "react";
import type { Calendar, Event } from "@/api/types";
import { eventTimes } from "@/lib/event-time";
import { describeLines } from "@/lib/recurrence/words";
import { dayOf, showDay, wallOf } from "@/lib/wall";
import { CalendarDot } from "@/ui/CalendarToggles";
import rows from "@/ui/Rows.module.css";
import { lookOf } from "../calendar/look";
import { paint } from "../colours";
import type { Moment } from "../form";
import classes from "./EventTable.module.css";

export interface EventRowProps {
  event: Event;
  zone: string;
  calendar: Calendar | undefined;
  /** `aria-rowindex`. */
  index: number;
  canDelete: boolean;
  selected: boolean;
  onFlip: (id: string, on: boolean) => void;
  onOpen: (event: Event) => void;
}

const firstDay = (event: Event, zone: string): string => {
  const start: Moment = event.start;
  return start.date ?? dayOf(wallOf(start.utc ?? "", zone));
};

/** One event of the list; drawn again only when something of it changes. */
export const EventRow = memo(function EventRow({
  event,
  zone,
  calendar,
  index,
  canDelete,
  selected,
  onFlip,
  onOpen,
}: EventRowProps) {
  const look = lookOf(event);
  const day = showDay(firstDay(event, zone));
  const times = eventTimes(event, zone);
  const start: Moment = event.start;
  const more = [
    look.waiting?.words,
    event.recurrence.length > 0 &&
      describeLines(
        event.recurrence,
        start.date ? { day: start.date } : { wall: start.date_time ?? "", zone: start.time_zone ?? zone },
      ),
    event.status === "cancelled" && "cancelled",
    look.declined && "declined",
    look.tentative && "tentative",
    look.free && "free",
    event.location,
  ].filter(Boolean);
  return (
    <tr className={rows.row} aria-rowindex={index}>
      <td>
        <input
          type="checkbox"
          aria-label={`Select ${event.title || "the event without a title"}, ${day}`}
          checked={selected}
          disabled={!canDelete}
          onChange={(change) => onFlip(event.id, change.currentTarget.checked)}
        />
      </td>
      <td>
        <button type="button" className={rows.open} onClick={() => onOpen(event)}>
          <span className={classes.line}>
            <CalendarDot colour={paint(event, calendar)} size={10} />
            <span className={rows.title} data-off={event.status === "cancelled" || look.declined || undefined}>
              {event.title || "(no title)"}
            </span>
            {look.waiting && <look.waiting.icon size={13} aria-hidden className={classes.icon} />}
            {look.recurring && <Repeat size={13} aria-label="repeats" className={classes.icon} />}
          </span>
          <span className={rows.small}>
            <span className="mantine-hidden-from-sm">
              {day}, {times}
              {more.length > 0 && " · "}
            </span>
            {more.join(" · ")}
          </span>
        </button>
      </td>
      <td className="mantine-visible-from-sm">
        <span className={rows.cell}>{day}</span>
        <span className={rows.small}>{times}</span>
      </td>
      <td className="mantine-visible-from-md">
        <span className={rows.cell}>{calendar?.name}</span>
      </td>
      <td className="mantine-visible-from-md">
        {event.attendees.length > 0 && (
          <span className={rows.cell} title={`${event.attendees.length} guests`}>
            <Users size={13} aria-hidden className={classes.guests} /> {event.attendees.length}
          </span>
        )}
      </td>
    </tr>
  );
});
