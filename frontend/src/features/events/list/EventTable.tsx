// Events as rows. Only the rows on the screen are drawn, so ten thousand scroll like ten.
import { Checkbox, Table } from "@mantine/core";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Calendar, Event } from "@/api/types";
import { useWindowed } from "@/ui/useWindowed";
import { ROW, WindowedBody } from "@/ui/WindowedBody";
import { EventRow } from "./EventRow";

export interface EventTableProps {
  events: Event[];
  zone: string;
  calendarOf: (event: Event) => Calendar | undefined;
  canDelete: (event: Event) => boolean;
  selected: ReadonlySet<string>;
  onSelect: (selected: Set<string>) => void;
  onOpen: (event: Event) => void;
  /** What is shown belongs to the previous search. */
  stale: boolean;
  /** There are more than were loaded. */
  more: boolean;
  /** Whether the last loaded rows are about to be seen. */
  onNearEnd: (near: boolean) => void;
}

/** So many rows before the end, more are asked for: a screen or two. */
const AHEAD = 40;

export function EventTable({
  events,
  zone,
  calendarOf,
  canDelete,
  selected,
  onSelect,
  onOpen,
  stale,
  more,
  onNearEnd,
}: EventTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = useWindowed(body, events.length, ROW);
  const { first, last } = shown;
  // From the rows that are drawn, not from an observer: a list that grows under a resting hand must go on growing.
  const near = last >= events.length - AHEAD;
  useEffect(() => onNearEnd(near), [near, onNearEnd]);
  const deletable = useMemo(() => events.filter(canDelete), [events, canDelete]);
  const all = useMemo(
    () => deletable.length > 0 && deletable.every((event) => selected.has(event.id)),
    [deletable, selected],
  );
  // Rows are drawn again only when their own properties change, so what they call must stay the same function.
  const latest = useRef({ selected, onSelect, onOpen });
  latest.current = { selected, onSelect, onOpen };
  const flip = useCallback((id: string, on: boolean) => {
    const next = new Set(latest.current.selected);
    if (on) next.add(id);
    else next.delete(id);
    latest.current.onSelect(next);
  }, []);
  const open = useCallback((event: Event) => latest.current.onOpen(event), []);
  return (
    <Table
      aria-rowcount={more ? -1 : events.length + 1}
      aria-label="Events"
      layout="fixed"
      style={{ opacity: stale ? 0.6 : 1 }}
    >
      <Table.Thead>
        <Table.Tr h={44} aria-rowindex={1}>
          <Table.Th scope="col" w={44}>
            <Checkbox
              aria-label="Select all that are loaded"
              checked={all}
              indeterminate={!all && selected.size > 0}
              disabled={deletable.length === 0}
              onChange={(event) =>
                onSelect(event.currentTarget.checked ? new Set(deletable.map((one) => one.id)) : new Set())
              }
            />
          </Table.Th>
          <Table.Th scope="col">Event</Table.Th>
          <Table.Th scope="col" w={230} visibleFrom="sm">
            When
          </Table.Th>
          <Table.Th scope="col" w={180} visibleFrom="md">
            Calendar
          </Table.Th>
          <Table.Th scope="col" w={90} visibleFrom="md">
            Guests
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <WindowedBody body={body} count={events.length} shown={shown}>
        {events.slice(first, last).map((event, index) => (
          <EventRow
            key={event.id}
            event={event}
            zone={zone}
            calendar={calendarOf(event)}
            index={first + index + 2}
            canDelete={canDelete(event)}
            selected={selected.has(event.id)}
            onFlip={flip}
            onOpen={open}
          />
        ))}
      </WindowedBody>
    </Table>
  );
}
