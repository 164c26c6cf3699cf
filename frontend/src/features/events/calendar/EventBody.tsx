import { VisuallyHidden } from "@mantine/core";
import { Ban, CircleDashed, CircleHelp, Repeat } from "lucide-react";
import type { Calendar } from "@/api/types";
import { showTime } from "@/lib/wall";
import classes from "./Grid.module.css";
import { lookOf, sayEvent } from "./look";
import type { Placed } from "./place";

/** What stands in an event's box. The picture is for eyes only; the sentence for everybody else. */
export function EventBody({
  placed,
  calendar,
  time,
  short = false,
}: {
  placed: Placed;
  calendar?: Calendar;
  time: boolean;
  /** One line for all: the title before the time, which its place tells too. */
  short?: boolean;
}) {
  const look = lookOf(placed.event);
  const icon = (Icon: typeof Ban) => <Icon size={12} className={classes.icon} />;
  return (
    <>
      <span className={classes.body} aria-hidden>
        {look.declined && icon(Ban)}
        {!look.declined && look.tentative && icon(CircleHelp)}
        {look.free && icon(CircleDashed)}
        {look.waiting && icon(look.waiting.icon)}
        {time && !short && !placed.allDay && <span>{showTime(placed.start)} </span>}
        <span className={classes.title}>{placed.event.title || "(no title)"}</span>
        {look.recurring && (
          <>
            {" "}
            <Repeat size={11} className={classes.icon} />
          </>
        )}
        {time && short && <span> {showTime(placed.start)}</span>}
        {placed.event.location && <span> · {placed.event.location}</span>}
      </span>
      <VisuallyHidden>{sayEvent(placed, calendar?.name)}</VisuallyHidden>
    </>
  );
}
