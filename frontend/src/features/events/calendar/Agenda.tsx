// The coming four weeks as a list; the view for phones and for ears.
import { Text, Title, UnstyledButton } from "@mantine/core";
import { CalendarSearch } from "lucide-react";
import type { Calendar, Event } from "@/api/types";
import { showTime, showWall, todayIn } from "@/lib/wall";
import { EmptyState } from "@/ui/EmptyState";
import { paint } from "../colours";
import { EventBody } from "./EventBody";
import classes from "./Grid.module.css";
import { lookOf } from "./look";
import { daysOf, type Placed } from "./place";

export interface AgendaProps {
  from: string;
  to: string;
  zone: string;
  events: readonly Placed[];
  calendarOf: (event: Event) => Calendar | undefined;
  onOpen: (event: Event) => void;
}

function time(one: Placed, day: string): string {
  if (one.allDay) return "All day";
  const begins = one.start.startsWith(day);
  const ends = one.end.startsWith(day);
  if (begins && ends) return `${showTime(one.start)} – ${showTime(one.end)}`;
  return begins ? `from ${showTime(one.start)}` : ends ? `until ${showTime(one.end)}` : "All day";
}

export function Agenda({ from, to, zone, events, calendarOf, onOpen }: AgendaProps) {
  const days = new Map<string, Placed[]>();
  for (const one of events) for (const day of daysOf(one, from, to)) days.set(day, [...(days.get(day) ?? []), one]);
  const sorted = [...days].sort(([a], [b]) => (a < b ? -1 : 1));
  const today = todayIn(zone);
  if (sorted.length === 0) {
    return (
      <EmptyState
        icon={CalendarSearch}
        title="Nothing in these four weeks"
        body="Press N for a new event, or look further."
      />
    );
  }
  return (
    <ul className={classes.agenda}>
      {sorted.map(([day, list]) => (
        <li key={day} className={classes.agendaDay}>
          <Title order={3} size="h5" className={classes.agendaHead}>
            {day === today ? "Today, " : ""}
            {showWall(day, { weekday: "long", day: "numeric", month: "long" })}
          </Title>
          <ul className={classes.agenda}>
            {list
              .sort((a, b) => Number(b.allDay) - Number(a.allDay) || (a.start < b.start ? -1 : 1))
              .map((one) => {
                const look = lookOf(one.event);
                return (
                  <li key={one.event.id} className={classes.grid}>
                    <UnstyledButton
                      className={`${classes.agendaRow} ${classes.event}`}
                      style={{ "--cs-event": paint(one.event, calendarOf(one.event)) } as Record<string, string>}
                      data-free={look.free}
                      data-tentative={look.tentative}
                      data-declined={look.declined}
                      data-event-id={one.event.id}
                      onClick={() => onOpen(one.event)}
                    >
                      <span className={classes.agendaTime} aria-hidden>
                        {time(one, day)}
                      </span>
                      <Text span size="sm" style={{ minWidth: 0 }}>
                        <EventBody placed={one} calendar={calendarOf(one.event)} time={false} />
                      </Text>
                    </UnstyledButton>
                  </li>
                );
              })}
          </ul>
        </li>
      ))}
    </ul>
  );
}
