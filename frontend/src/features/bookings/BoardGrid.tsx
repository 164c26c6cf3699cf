// The grid of the day board: drawing, and moving cards by pointer or by keys. What a move means is the board's business.
import { Text, VisuallyHidden } from "@mantine/core";
import { Flag } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from "react";
import { useMay } from "@/api/session";
import type { Booking } from "@/api/types";
import { showTime, wallAt } from "@/lib/wall";
import { announce } from "@/ui/announce";
import classes from "./BoardGrid.module.css";
import { type Card, instantAt, putDown, type Span, STEP } from "./board";
import { isOpen, statusLooks, times } from "./words";

export interface Column {
  id: string;
  name: string;
  open: Span[];
  closed: (Span & { name: string })[];
  cards: Card[];
}

export interface BoardGridProps {
  columns: Column[];
  day: string;
  /** Of the clock all times are on. */
  zone: string;
  /** The part of the day that is drawn. */
  shown: Span;
  stale: boolean;
  onOpen: (booking: Booking) => void;
  /** Another time, or somebody else instead of `from`. */
  onMove: (booking: Booking, from: string, to: string, start: string) => void;
}

/** A card in the air. */
interface Held {
  card: Card;
  from: string;
  /** Where it would be put down. */
  to: string;
  minute: number;
}

const HOUR_PX = 64;
const px = (minutes: number) => (minutes / 60) * HOUR_PX;
const clock = (minute: number) =>
  showTime(
    wallAt(
      "2000-01-01",
      `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`,
    ),
  );

export function BoardGrid({ columns, day, zone, shown, stale, onOpen, onMove }: BoardGridProps) {
  const how = useId();
  const mayWrite = useMay("bookings:write");
  const grid = useRef<HTMLDivElement>(null);
  /** Where the pointer took hold, and whether it has moved since. */
  const grip = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const [held, setHeld] = useState<Held | null>(null);
  /** Put down in another column a card is drawn anew: the focus goes with it. */
  const follow = useRef<string | null>(null);
  useEffect(() => {
    if (!follow.current || document.activeElement !== document.body) return;
    grid.current?.querySelector<HTMLElement>(`[data-booking="${follow.current}"]`)?.focus({ preventScroll: true });
    follow.current = null;
  });
  const lines = Array.from({ length: (shown.to - shown.from) / 60 }, (_, index) => shown.from + index * 60);

  const put = ({ card, from, to, minute }: Held) => {
    setHeld(null);
    follow.current = card.booking.id;
    onMove(card.booking, from, to, minute === card.from ? card.booking.start : instantAt(day, minute, zone));
  };
  const nameOf = (id: string) => columns.find((one) => one.id === id)?.name ?? "";

  const columnAt = (x: number, otherwise: string): string => {
    for (const element of grid.current?.querySelectorAll<HTMLElement>("[data-staff]") ?? []) {
      const { left, right } = element.getBoundingClientRect();
      if (x >= left && x < right) return element.dataset.staff ?? otherwise;
    }
    return otherwise;
  };
  const pointer = (card: Card, staff: string) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      // Fingers scroll; they move a booking from its own page.
      if (event.button !== 0 || event.pointerType === "touch") return;
      event.currentTarget.setPointerCapture(event.pointerId);
      grip.current = { x: event.clientX, y: event.clientY, moved: false };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const from = grip.current;
      if (!from || event.buttons === 0) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      if (!from.moved && Math.hypot(x, y) < 5) return;
      from.moved = true;
      const minute = putDown(card, card.from + (y / HOUR_PX) * 60, shown);
      setHeld({ card, from: staff, to: columnAt(event.clientX, staff), minute });
    },
    onPointerUp: () => {
      if (grip.current?.moved && held) put(held);
    },
    onPointerCancel: () => {
      grip.current = null;
      setHeld(null);
    },
  });

  const step = (now: Held, minutes: number, people: number) => {
    const at = columns.findIndex((one) => one.id === now.to);
    const to = columns[Math.min(Math.max(at + people, 0), columns.length - 1)]?.id ?? now.to;
    const next = { ...now, to, minute: putDown(now.card, now.minute + minutes, shown) };
    setHeld(next);
    announce(`${clock(next.minute)}, ${nameOf(to)}`);
  };
  const keys = (card: Card, staff: string) => ({
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      const mine = held?.card.booking.id === card.booking.id ? held : null;
      if (event.key === " ") {
        event.preventDefault();
        if (mine) return put(mine);
        setHeld({ card, from: staff, to: staff, minute: card.from });
        announce(`Picked up ${card.booking.service_name}. Arrow keys move it, Enter puts it down, Escape lets go.`);
        return;
      }
      if (!mine) return;
      const moves: Record<string, () => void> = {
        ArrowUp: () => step(mine, -STEP, 0),
        ArrowDown: () => step(mine, STEP, 0),
        ArrowLeft: () => step(mine, 0, -1),
        ArrowRight: () => step(mine, 0, 1),
        Enter: () => put(mine),
        Escape: () => {
          setHeld(null);
          announce("Left where it was");
        },
      };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      move();
    },
    // A button is pressed when the space bar comes up again.
    onKeyUp: (event: KeyboardEvent<HTMLElement>) => event.key === " " && event.preventDefault(),
  });

  const place = (minute: number, length: number, lane = 0, lanes = 1) => ({
    top: px(minute - shown.from),
    height: px(Math.min(length, shown.to - minute)),
    left: `${(100 * lane) / lanes}%`,
    width: `${100 / lanes}%`,
  });
  const band = ({ from, to }: Span) => {
    const top = Math.max(from, shown.from);
    const bottom = Math.min(to, shown.to);
    return { top: px(top - shown.from), height: px(Math.max(0, bottom - top)) };
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section ref={grid} className={classes.board} data-stale={stale || undefined} aria-label="Day board" tabIndex={0}>
      <p id={how} hidden>
        Enter opens it. Space picks it up, arrow keys move it to another time or person, Enter puts it down, Escape lets
        go.
      </p>
      <div className={classes.gutter} aria-hidden>
        <div className={classes.head} />
        <div className={classes.body} style={{ height: px(shown.to - shown.from) }}>
          {lines.map((minute) => (
            <span key={minute} className={classes.hour} style={{ top: px(minute - shown.from) }}>
              {clock(minute)}
            </span>
          ))}
        </div>
      </div>
      {columns.map((column) => (
        <div key={column.id} className={classes.column} data-staff={column.id}>
          <h2 className={classes.head}>{column.name}</h2>
          <div className={classes.body} style={{ height: px(shown.to - shown.from) }}>
            {column.open.map((span) => (
              <div key={span.from} className={classes.open} style={band(span)} />
            ))}
            {lines.map((minute) => (
              <div key={minute} className={classes.line} style={{ top: px(minute - shown.from) }} />
            ))}
            {column.closed.map((span) => (
              <div key={`${span.name} ${span.from}`} className={classes.closed} style={band(span)}>
                <Text size="xs">Closed: {span.name}</Text>
              </div>
            ))}
            <ul className={classes.cards} aria-label={column.name}>
              {column.cards.map((card) => {
                const { booking } = card;
                const inTheAir = held?.card.booking.id === booking.id && held.from === column.id;
                const movable = mayWrite && isOpen(booking);
                return (
                  <li key={booking.id} style={place(card.from, card.to - card.from, card.lane, card.lanes)}>
                    <button
                      type="button"
                      className={classes.card}
                      data-booking={booking.id}
                      data-status={booking.status}
                      data-held={inTheAir || undefined}
                      data-movable={movable || undefined}
                      aria-describedby={movable ? how : undefined}
                      onClick={() => {
                        const dragged = grip.current?.moved;
                        grip.current = null;
                        if (!dragged) onOpen(booking);
                      }}
                      onBlur={() => setHeld(null)}
                      {...(movable && { ...pointer(card, column.id), ...keys(card, column.id) })}
                    >
                      <b>
                        {times(booking, zone)} {booking.flagged && <Flag size={12} aria-label="to be looked at" />}
                      </b>
                      <span>{[booking.service_name, booking.customer?.name].filter(Boolean).join(" · ")}</span>
                      <VisuallyHidden>{statusLooks[booking.status].label}</VisuallyHidden>
                    </button>
                  </li>
                );
              })}
            </ul>
            {held?.to === column.id && (
              <div className={classes.ghost} style={place(held.minute, held.card.to - held.card.from)} aria-hidden>
                {clock(held.minute)} {held.card.booking.service_name}
              </div>
            )}
          </div>
        </div>
      ))}
    </section>
  );
}
