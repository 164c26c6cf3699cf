// Events as short rows: when, what, where from. For dashboards and overviews; the calendar has its own views.
import { Box, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Repeat } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Event } from "@/api/types";
import { eventDay, eventTimes } from "@/lib/event-time";
import classes from "./EventList.module.css";

const SeriesWords = lazy(() => import("./SeriesWords").then((module) => ({ default: module.SeriesWords })));

export interface EventListProps {
  events: readonly Event[];
  /** The zone of the display. */
  zone: string;
  /** What stands at the right of a row, e.g. the client. */
  detail?: (event: Event) => string | undefined;
}

export function EventList({ events, zone, detail }: EventListProps) {
  return (
    <Stack gap={2} component="ul" className={classes.list}>
      {events.map((event) => {
        const day = eventDay(event.start, zone);
        return (
          <li key={event.id}>
            <UnstyledButton
              className={classes.row}
              renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId: event.id }} {...props} />}
            >
              <Box className={classes.day}>
                <Text span size="xs" c="dimmed" tt="uppercase" fw={600}>
                  {day.month}
                </Text>
                <Text span size="lg" fw={700} lh={1}>
                  {day.day}
                </Text>
                <Text span size="xs" c="dimmed">
                  {day.weekday}
                </Text>
              </Box>
              <Box style={{ minWidth: 0, flex: 1 }}>
                <Group gap={6} wrap="nowrap">
                  <Text span fw={600} size="sm" truncate>
                    {event.title || "(no title)"}
                  </Text>
                  {(event.recurring_event_id || event.recurrence.length > 0) && (
                    <Repeat size={13} aria-label="recurring" style={{ flexShrink: 0 }} />
                  )}
                </Group>
                <Text span display="block" size="xs" c="dimmed" truncate>
                  {eventTimes(event, zone)}
                  {event.recurrence.length > 0 && (
                    <Suspense>
                      {" · "}
                      <SeriesWords lines={event.recurrence} start={event.start} />
                    </Suspense>
                  )}
                  {detail?.(event) ? ` · ${detail(event)}` : ""}
                </Text>
              </Box>
            </UnstyledButton>
          </li>
        );
      })}
    </Stack>
  );
}
