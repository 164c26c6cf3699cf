// Events as rows. Only the rows on the screen are drawn, so ten thousand scroll like ten.
import { Checkbox, Group, Table, Text, UnstyledButton } from "@mantine/core";
import { Repeat, Users } from "lucide-react";
import { useRef } from "react";
import type { Calendar, Event } from "@/api/types";
import { eventTimes } from "@/lib/event-time";
import { dayOf, showDay, wallOf } from "@/lib/wall";
import { CalendarDot } from "@/ui/CalendarToggles";
import { lookOf } from "../calendar/look";
import { paint } from "../colours";
import type { Moment } from "../form";
import { useWindowed } from "./useWindowed";

const ROW = 58;

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
}

const firstDay = (event: Event, zone: string): string => {
  const start: Moment = event.start;
  return start.date ?? dayOf(wallOf(start.utc ?? "", zone));
};

export function EventTable({
  events,
  zone,
  calendarOf,
  canDelete,
  selected,
  onSelect,
  onOpen,
  stale,
}: EventTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, last } = useWindowed(body, events.length, ROW);
  const deletable = events.filter(canDelete);
  const all = deletable.length > 0 && deletable.every((event) => selected.has(event.id));
  const flip = (id: string, on: boolean) => {
    const next = new Set(selected);
    if (on) next.add(id);
    else next.delete(id);
    onSelect(next);
  };
  return (
    <Table
      aria-rowcount={events.length + 1}
      aria-label="Events"
      layout="fixed"
      verticalSpacing={0}
      style={{ opacity: stale ? 0.6 : 1 }}
      highlightOnHover
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
      <Table.Tbody ref={body}>
        {first > 0 && (
          <tr aria-hidden style={{ height: first * ROW }}>
            <td />
          </tr>
        )}
        {events.slice(first, last).map((event, index) => {
          const calendar = calendarOf(event);
          const look = lookOf(event);
          const day = showDay(firstDay(event, zone));
          return (
            <Table.Tr key={event.id} h={ROW} aria-rowindex={first + index + 2}>
              <Table.Td>
                <Checkbox
                  aria-label={`Select ${event.title || "the event without a title"}, ${day}`}
                  checked={selected.has(event.id)}
                  disabled={!canDelete(event)}
                  onChange={(change) => flip(event.id, change.currentTarget.checked)}
                />
              </Table.Td>
              <Table.Td>
                <UnstyledButton onClick={() => onOpen(event)} w="100%" py={6} style={{ minWidth: 0 }}>
                  <Group gap={8} wrap="nowrap" component="span">
                    <CalendarDot colour={paint(event, calendar)} size={10} />
                    <Text
                      span
                      size="sm"
                      fw={600}
                      truncate
                      td={event.status === "cancelled" || look.declined ? "line-through" : undefined}
                    >
                      {event.title || "(no title)"}
                    </Text>
                    {look.recurring && <Repeat size={13} aria-label="repeats" style={{ flexShrink: 0 }} />}
                  </Group>
                  <Text span size="xs" c="dimmed" display="block" truncate>
                    <Text span hiddenFrom="sm" inherit>
                      {day}, {eventTimes(event, zone)}{" "}
                    </Text>
                    {[
                      event.status === "cancelled" && "cancelled",
                      look.declined && "declined",
                      look.tentative && "tentative",
                      look.free && "free",
                      event.location,
                    ]
                      .filter(Boolean)
                      .join(" · ")}
                  </Text>
                </UnstyledButton>
              </Table.Td>
              <Table.Td visibleFrom="sm">
                <Text size="sm" truncate>
                  {day}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {eventTimes(event, zone)}
                </Text>
              </Table.Td>
              <Table.Td visibleFrom="md">
                <Text size="sm" truncate>
                  {calendar?.name}
                </Text>
              </Table.Td>
              <Table.Td visibleFrom="md">
                {event.attendees.length > 0 && (
                  <Text size="sm" aria-label={`${event.attendees.length} guests`}>
                    <Users size={13} aria-hidden style={{ verticalAlign: "-2px" }} /> {event.attendees.length}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          );
        })}
        {last < events.length && (
          <tr aria-hidden style={{ height: (events.length - last) * ROW }}>
            <td />
          </tr>
        )}
      </Table.Tbody>
    </Table>
  );
}
