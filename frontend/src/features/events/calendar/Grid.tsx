// The only place that knows @mantine/schedule. It is given events placed on the clock of one zone and speaks that clock;
// recurrence, zones and writing are the page's business.
import "@mantine/dates/styles.css";
import "@mantine/schedule/styles.css";
import { Box, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { DayView, MonthView, type ScheduleEventData, WeekView, type WeekViewProps } from "@mantine/schedule";
import { type ComponentPropsWithoutRef, type DragEvent, type ReactNode, useLayoutEffect, useMemo, useRef } from "react";
import type { Calendar, Event } from "@/api/types";
import { addDays, minutesBetween, nowIn, showTime, todayIn, weekdayOf } from "@/lib/wall";
import { useNarrow } from "@/ui/useNarrow";
import { paint } from "../colours";
import { EventBody } from "./EventBody";
import classes from "./Grid.module.css";
import { lookOf, sayEvent } from "./look";
import type { Placed } from "./place";

export interface GridProps {
  view: "month" | "week" | "days" | "day";
  day: string;
  /** Of the clock all times are on. */
  zone: string;
  events: readonly Placed[];
  calendarOf: (event: Event) => Calendar | undefined;
  canChange: (event: Event) => boolean;
  onOpen: (event: Event) => void;
  /** Wall times, or days for whole days; the end is the last moment or day. */
  onCreate: (start: string, end?: string) => void;
  onMove: (placed: Placed, start: string, onAllDayRow: boolean) => void;
  onResize: (placed: Placed, start: string, end: string) => void;
  onDay: (day: string) => void;
}

/** `2026-11-02 24:00:00` and `… 23:59:59` are both midnight of the next day. */
function wall(text: string): string {
  const [day = "", time = "00:00:00"] = text.split(" ");
  return time.startsWith("24") || time.startsWith("23:59:5") ? `${addDays(day, 1)}T00:00:00` : `${day}T${time}`;
}
const slot = (text: string) => text.replace("T", " ");

/** The library knows weeks, and weeks without their weekend: this one begins on `day`, and its last four days are off. */
function threeDays(day: string): Pick<WeekViewProps, "firstDayOfWeek" | "weekendDays" | "withWeekendDays"> {
  const [first, ...off] = [0, 3, 4, 5, 6].map((ahead) => ((weekdayOf(day) + ahead) % 7) as 0);
  return { firstDayOfWeek: first, weekendDays: off, withWeekendDays: false };
}

export function Grid({
  view,
  day,
  zone,
  events,
  calendarOf,
  canChange,
  onOpen,
  onCreate,
  onMove,
  onResize,
  onDay,
}: GridProps) {
  // Fingers scroll; a drag over slots or events would take that away from them.
  const fine = useMediaQuery("(pointer: fine)", true, { getInitialValueInEffect: false }) ?? true;
  const narrow = useNarrow();
  const onAllDayRow = useRef(false);
  /** How far below its upper edge the event in the air is held; `null` outside of hours. */
  const grip = useRef<number | null>(null);
  const today = todayIn(zone);
  const root = useRef<HTMLDivElement>(null);
  // The library names these buttons “Weekday 2026-11-16” although they show “Mon 16”: what is seen is the better name.
  useLayoutEffect(() => {
    for (const label of root.current?.querySelectorAll("[class*=DayLabel][aria-label]") ?? []) {
      label.removeAttribute("aria-label");
    }
  });
  const byId = useMemo(() => new Map(events.map((one) => [one.event.id, one])), [events]);
  const data = useMemo(
    () =>
      events.map(
        (one): ScheduleEventData => ({
          id: one.event.id,
          title: one.event.title || "(no title)",
          start: slot(one.start),
          end: slot(one.end),
          color: "gray",
        }),
      ),
    [events],
  );
  const placed = (event: ScheduleEventData) => byId.get(String(event.id));
  const isShort = (one: Placed) => view !== "month" && !one.allDay && minutesBetween(one.start, one.end) < 30;
  const renderEvent = (
    event: ScheduleEventData,
    props: ComponentPropsWithoutRef<"button"> & { children: ReactNode },
  ) => {
    const one = placed(event);
    const look = one && lookOf(one.event);
    const { title: _, className, style, ...rest } = props;
    return (
      <UnstyledButton
        {...rest}
        // Above the hours the library draws whole days itself, with nothing but their title.
        aria-label={one?.allDay && view !== "month" ? sayEvent(one, calendarOf(one.event)?.name) : undefined}
        className={`${className ?? ""} ${classes.event}`}
        style={[style, one && ({ "--cs-event": paint(one.event, calendarOf(one.event)) } as Record<string, string>)]}
        // What is cut off on the screen is told to the hand that rests on it.
        title={one && sayEvent(one, calendarOf(one.event)?.name)}
        data-short={(one && isShort(one)) || undefined}
        data-free={look?.free}
        data-tentative={look?.tentative}
        data-declined={look?.declined}
      />
    );
  };
  const common = {
    date: day,
    events: data,
    withHeader: false,
    renderEvent,
    renderEventBody: (event: ScheduleEventData) => {
      const one = placed(event);
      return one ? (
        <EventBody
          placed={one}
          calendar={calendarOf(one.event)}
          time={!narrow || view !== "month"}
          short={isShort(one)}
        />
      ) : (
        event.title
      );
    },
    withEventsDragAndDrop: fine,
    withDragSlotSelect: fine,
    canDragEvent: (event: ScheduleEventData) => {
      const one = placed(event);
      return one !== undefined && canChange(one.event);
    },
    onEventClick: (event: ScheduleEventData) => {
      const one = placed(event);
      if (one) onOpen(one.event);
    },
    onEventDrop: ({ event, newStart }: { event: ScheduleEventData; newStart: string }) => {
      const one = placed(event);
      if (one) onMove(one, wall(newStart), onAllDayRow.current);
    },
  };
  const timed = {
    ...common,
    intervalMinutes: 30,
    eventDragInterval: 15,
    eventResizeInterval: 15,
    // The week's head covers an hour and more of what is scrolled to.
    startScrollTime: view === "day" ? "07:00:00" : "06:00:00",
    // A quarter of an hour must hold a line of text.
    slotHeight: 72,
    slotLabelFormat: (at: string) => showTime(at.slice(0, 19).replace(" ", "T")),
    scrollAreaProps: { mah: "max(28rem, calc(100dvh - 17rem))", type: "auto" as const },
    getCurrentTime: () => slot(nowIn(zone)),
    withEventResize: fine,
    canResizeEvent: (event: ScheduleEventData) => {
      const one = placed(event);
      // On a short one the edges would leave nothing to take hold of.
      return one !== undefined && !one.allDay && minutesBetween(one.start, one.end) >= 30 && canChange(one.event);
    },
    onEventResize: ({ event, newStart, newEnd }: { event: ScheduleEventData; newStart: string; newEnd: string }) => {
      const one = placed(event);
      if (one) onResize(one, wall(newStart), wall(newEnd));
    },
    onTimeSlotClick: ({ slotStart }: { slotStart: string }) => onCreate(wall(slotStart)),
    onSlotDragEnd: (start: string, end: string) => onCreate(wall(start), wall(end)),
    onAllDaySlotClick: (at: string) => onCreate(at),
  };
  const grid = {
    month: () => (
      <MonthView
        {...common}
        withWeekNumbers={!narrow}
        labels={narrow ? { moreLabel: (hidden) => `+${hidden}` } : undefined}
        weekdayFormat="ddd"
        maxEventsPerDay={narrow ? 2 : 4}
        highlightToday={false}
        getDayProps={(at) => (at === today ? { className: classes.today, "aria-current": "date" } : {})}
        onDayClick={(at) => (narrow ? onDay(at) : onCreate(at))}
        onSlotDragEnd={(start, end) => onCreate(start.slice(0, 10), end.slice(0, 10))}
        onDateChange={onDay}
        styles={{ monthViewWeek: { minHeight: narrow ? 104 : 140 } }}
      />
    ),
    week: () => <WeekView {...timed} highlightToday onDateChange={onDay} withWeekNumber={false} />,
    days: () => <WeekView {...timed} {...threeDays(day)} highlightToday onDateChange={onDay} withWeekNumber={false} />,
    day: () => <DayView {...timed} />,
  }[view];
  const takeHold = (event: DragEvent) => {
    const target = event.target instanceof HTMLElement ? event.target : null;
    const one = byId.get(target?.dataset.eventId ?? "");
    grip.current =
      target && one && !one.allDay && view !== "month" ? event.clientY - target.getBoundingClientRect().top : null;
  };
  // The library lets an event begin at the pointer, wherever it was taken hold of: tell it of the upper edge instead.
  const byItsEdge = ({ nativeEvent }: DragEvent) => {
    if (grip.current === null) return;
    const { clientY } = nativeEvent;
    Object.defineProperty(nativeEvent, "clientY", { value: clientY - grip.current });
  };
  return (
    <Box
      ref={root}
      className={classes.grid}
      onDragStartCapture={takeHold}
      onDragOverCapture={byItsEdge}
      onDropCapture={(event) => {
        byItsEdge(event);
        const target = event.target instanceof Element ? event.target : null;
        onAllDayRow.current = target?.closest("[class*=AllDaySlot]") !== null;
      }}
    >
      {grid()}
    </Box>
  );
}
