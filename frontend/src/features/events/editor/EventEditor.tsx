// The editor of one event, on its own page or beside the calendar. Loads, then hands over to <Form>.
import { Button, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarCheck, CalendarPlus } from "lucide-react";
import { useState } from "react";
import { calendarsQuery, canWrite } from "@/api/calendars";
import { $api } from "@/api/client";
import { bornAs, useWaiting } from "@/api/offline/queue";
import { isLocal } from "@/api/offline/rules";
import type { Event } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { localZone } from "@/lib/time";
import { addMinutes, isDay, isZone, nowIn, wallAt } from "@/lib/wall";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { May } from "@/ui/May";
import { newForm, toForm } from "../form";
import { eventQuery } from "../queries";
import type { OpenEvent } from "../search";
import { unborn, withWaiting } from "../waiting";
import { Form } from "./Form";
import { loaded } from "./useSave";

export interface EventEditorProps {
  /** An id, or `new`. */
  eventId: string;
  /** What is known of a new event. */
  given: OpenEvent;
  /** Saved or deleted; `null`: nothing is left to show. */
  onDone: (event: Event | null) => void;
  onCancel: () => void;
}

const isWall = (text: string | undefined): text is string => !!text && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text);

/** The next full hour. */
const soon = (zone: string): string => {
  const now = nowIn(zone);
  return addMinutes(wallAt(now.slice(0, 10), `${now.slice(11, 13)}:00`), 60);
};

export function EventEditor(props: EventEditorProps) {
  if (props.eventId === "new") return <NewEvent {...props} />;
  const Editor = isLocal(props.eventId) ? UnsentEvent : ExistingEvent;
  return <Editor key={props.eventId} {...props} />;
}

/** An event that was made without the service and waits in this browser. */
function UnsentEvent({ eventId, onDone, onCancel, ...rest }: EventEditorProps) {
  const entries = useWaiting();
  // Sent while somebody edits it, it stays on the screen; saving then changes what was made.
  const [entry] = useState(() => entries.find((one) => one.kind === "create" && one.eventId === eventId));
  const calendars = useQuery(calendarsQuery(entry?.clientId ?? undefined));
  const made = bornAs(eventId);
  if (!entry && made) return <ExistingEvent {...rest} eventId={made.id} onDone={onDone} onCancel={onCancel} />;
  if (!entry) {
    return (
      <EmptyState icon={CalendarCheck} title="It is sent" body="What waited here is in the calendar by now.">
        <Button renderRoot={(props) => <Link to="/calendar" {...props} />}>To the calendar</Button>
      </EmptyState>
    );
  }
  if (!calendars.data) {
    if (calendars.error) return <Failure error={calendars.error} onRetry={() => void calendars.refetch()} />;
    return <Loading />;
  }
  const own = calendars.data.data.find((calendar) => calendar.id === entry.calendarId);
  const zone = own?.time_zone && isZone(own.time_zone) ? own.time_zone : localZone();
  const event = unborn(entry, own);
  const shown = withWaiting(event, entries) ?? event;
  // Tried once, it may be in that calendar already.
  const reachable = calendars.data.data.filter(
    (one) => one.id === entry.calendarId || (!entry.attempted && one.selected && canWrite(one)),
  );
  return (
    <Form
      calendars={reachable}
      initial={toForm(shown, zone)}
      opened={loaded(event, event.recurrence, zone)}
      here={entry}
      onDone={onDone}
      onCancel={onCancel}
    />
  );
}

const Loading = () => (
  <Stack aria-busy="true" aria-label="Loading the event">
    <Skeleton h={60} />
    <Skeleton h={60} />
    <Skeleton h={120} />
  </Stack>
);

function NewEvent({ given, onDone, onCancel }: EventEditorProps) {
  const scope = useClientScope();
  const calendars = useQuery(calendarsQuery(scope));
  const writable = calendars.data?.data.filter((one) => one.selected && canWrite(one));
  const calendar =
    writable?.find((one) => one.id === given.into) ?? writable?.find((one) => one.primary) ?? writable?.[0];
  const client = $api.useQuery(
    "get",
    "/api/v1/clients/{id}",
    { params: { path: { id: calendar?.client_id ?? "" } } },
    { enabled: calendar !== undefined, staleTime: 60_000 },
  );
  if (calendars.error && !calendars.data)
    return <Failure error={calendars.error} onRetry={() => void calendars.refetch()} />;
  if (!writable) return <Loading />;
  if (!calendar) {
    return (
      <EmptyState
        icon={CalendarPlus}
        title="No calendar to write into"
        body="Connect an account with a calendar that may be written, and switch it on."
      >
        <May scope="credentials:write">
          <Button renderRoot={(props) => <Link to="/credentials/new" {...props} />}>Connect an account</Button>
        </May>
      </EmptyState>
    );
  }
  if (client.isLoading) return <Loading />;
  const wanted = given.in ?? client.data?.time_zone ?? calendar.time_zone ?? "";
  const zone = isZone(wanted) ? wanted : localZone();
  const usable = (text: string | undefined) => isDay(text) || isWall(text);
  const start = usable(given.start) ? (given.start as string) : soon(zone);
  const end = usable(given.end) && given.end && given.end.length === start.length ? given.end : undefined;
  return (
    <Form
      calendars={writable}
      initial={newForm({ calendarId: calendar.id, zone, start, end })}
      onDone={onDone}
      onCancel={onCancel}
    />
  );
}

function ExistingEvent({ eventId, onDone, onCancel }: EventEditorProps) {
  const one = useQuery(eventQuery(eventId));
  const entries = useWaiting();
  const calendars = useQuery({ ...calendarsQuery(one.data?.event.client_id), enabled: one.data !== undefined });
  const error = one.error ?? calendars.error;
  if (error && (!one.data || !calendars.data)) {
    return (
      <Failure
        error={error}
        onRetry={() => {
          void one.refetch();
          void calendars.refetch();
        }}
      />
    );
  }
  // What was kept from an earlier visit may be old: edit only what was just read.
  if (!one.data || !calendars.data || (one.isFetching && !one.isFetchedAfterMount)) return <Loading />;
  const { event, lines } = one.data;
  const here = entries.filter(
    (entry) => entry.eventId === event.id && ["change", "answer"].includes(entry.kind) && entry.state !== "done",
  );
  const shown = withWaiting(event, here) ?? event;
  const own = calendars.data.data.find((calendar) => calendar.id === event.calendar_id);
  const zone = own?.time_zone && isZone(own.time_zone) ? own.time_zone : localZone();
  const opened = loaded(event, lines, zone);
  const reachable = calendars.data.data.filter(
    (calendar) =>
      calendar.id === event.calendar_id ||
      (calendar.credential_id === own?.credential_id && calendar.selected && canWrite(calendar)),
  );
  return (
    <Form
      key={event.etag}
      calendars={reachable}
      initial={
        here.length > 0 ? toForm(shown, zone, shown.recurrence.length > 0 ? shown.recurrence : lines) : opened.base
      }
      opened={opened}
      here={here.at(-1)}
      readOnly={!canWrite(own)}
      onDone={onDone}
      onCancel={onCancel}
      onReload={() => void one.refetch()}
    />
  );
}
