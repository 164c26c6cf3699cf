// The form itself: all parts, one save button, and the dialogs that saving may need.
import { Alert, Box, Button, Collapse, Divider, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { ChevronDown, Copy, Lock, Trash2 } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useCalendarCalled } from "@/api/calendars";
import { isWaiting } from "@/api/offline/queue";
import type { Waiting } from "@/api/offline/rules";
import { isLocal } from "@/api/offline/rules";
import type { Calendar, Event } from "@/api/types";
import { calendarColour } from "@/lib/colour";
import { CalendarDot } from "@/ui/CalendarToggles";
import { confirm } from "@/ui/confirm";
import { Failure } from "@/ui/Failure";
import { ConflictDialog } from "../ConflictDialog";
import { CopyDialog } from "../CopyDialog";
import { type EventForm, formProblems, isChanged, toForm } from "../form";
import { useHow } from "../HowDialog";
import { isRecurring } from "../queries";
import { EventFacts, HereAlert, OwnAnswer } from "./Facts";
import { fieldId, type PartProps } from "./field";
import { GuestsPart } from "./GuestsPart";
import { LooksPart, MetadataPart, RemindersPart } from "./MorePart";
import { RecurrencePart } from "./RecurrencePart";
import { SyncAlert } from "./SyncAlert";
import { TimePart } from "./TimePart";
import { type Loaded, type Outcome, useSave } from "./useSave";

export interface FormProps {
  calendars: Calendar[];
  initial: EventForm;
  /** Without it the event is new. */
  opened?: Loaded;
  /** What waits of it in this browser; `initial` shows it. */
  here?: Waiting;
  readOnly?: boolean;
  onDone: (event: Event | null) => void;
  onCancel: () => void;
  onReload?: () => void;
}

const MORE = ["visibility", "colour", "metadata", "reminders"];

export function Form({ calendars, initial, opened, here, readOnly = false, onDone, onCancel, onReload }: FormProps) {
  const [form, setForm] = useState(initial);
  const [more, setMore] = useState(false);
  const [copying, setCopying] = useState(false);
  const [conflict, setConflict] = useState<Event | null>(null);
  const { ask, dialog } = useHow();
  const { create, update, remove, answer, busy, failure, errors, setErrors } = useSave(ask);
  const leaving = useRef(false);
  const dirty = !readOnly && isChanged(initial, form);

  useBlocker({
    shouldBlockFn: async () => {
      if (leaving.current || !dirty) return false;
      return !(await confirm({
        title: "Leave without saving?",
        body: "What you changed in this event is lost.",
        verb: "Discard changes",
      }));
    },
    enableBeforeUnload: () => dirty && !leaving.current,
  });

  // The editor opens before the form is loaded: its first field takes the focus when it comes.
  const isNew = opened === undefined;
  useEffect(() => {
    if (isNew) document.getElementById(fieldId("title"))?.focus();
  }, [isNew]);

  const called = useCalendarCalled(calendars);
  const calendar = calendars.find((one) => one.id === form.calendarId);
  const provider = calendar?.provider ?? "google";
  // Graph has no way to move an event.
  const stays = opened?.event.provider === "microsoft";
  const set: PartProps["set"] = (change) => {
    setForm((old) => (typeof change === "function" ? change(old) : { ...old, ...change }));
    if (Object.keys(errors).length > 0) setErrors({});
  };
  const show = (problems: Record<string, string>) => {
    const first = Object.keys(problems)[0];
    if (!first) return;
    if (MORE.includes(first)) setMore(true);
    // The part may only just be opening.
    requestAnimationFrame(() => {
      const field = first.startsWith("guests.") ? "guests" : first;
      document.getElementById(fieldId(field))?.focus();
    });
  };
  const finish = (outcome: Outcome, gone = false) => {
    if (outcome.kind === "saved") {
      leaving.current = true;
      onDone(gone ? null : outcome.event);
    } else if (outcome.kind === "conflict") setConflict(outcome.theirs);
  };
  const save = async (wanted: EventForm, against?: Event) => {
    const problems = formProblems(wanted);
    setErrors(problems);
    if (Object.keys(problems).length > 0) return show(problems);
    if (!opened) return calendar && finish(await create(wanted, calendar));
    const from = against ? { ...opened, base: theirForm(against) } : opened;
    if (!isChanged(from.base, wanted) && !isWaiting(opened.event)) {
      leaving.current = true;
      return onDone(against ?? opened.event);
    }
    finish(await update(from, wanted, against));
  };
  const theirForm = (event: Event) =>
    toForm(event, form.zone, event.recurring_event_id ? (opened?.lines ?? []) : event.recurrence);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && !readOnly) void save(form);
  };
  const parts = { form, set, errors };

  return (
    <form onSubmit={submit} noValidate aria-label={opened ? "Event" : "New event"}>
      <Stack>
        {readOnly && (
          <Alert icon={<Lock aria-hidden />} color="gray">
            This calendar can only be read with the connected account.
          </Alert>
        )}
        {opened?.event.status === "cancelled" && <Alert color="red">This event was cancelled.</Alert>}
        {here && <HereAlert entry={here} />}
        {!here && opened && (
          <SyncAlert event={opened.event} onDecided={(gone) => (gone ? onDone(null) : onReload?.())} />
        )}
        {opened && (
          <OwnAnswer
            event={opened.event}
            busy={busy}
            onAnswer={(response) => void answer(opened, response).then((outcome) => finish(outcome))}
          />
        )}
        <Box component="fieldset" disabled={readOnly || busy} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
          <Stack>
            <TextInput
              id={fieldId("title")}
              label="Title"
              required
              maxLength={1024}
              data-autofocus
              value={form.title}
              error={errors.title}
              onChange={(event) => set({ title: event.currentTarget.value })}
            />
            <Select
              id={fieldId("calendarId")}
              label="Calendar"
              description={stays && "Outlook moves no event to another calendar: copy it and delete this one."}
              disabled={stays}
              allowDeselect={false}
              searchable={calendars.length > 8}
              value={form.calendarId}
              error={errors.calendarId}
              leftSection={<CalendarDot colour={calendar ? calendarColour(calendar) : null} />}
              data={calendars.map((one) => ({ value: one.id, label: called(one) }))}
              onChange={(id) => id && set({ calendarId: id })}
            />
            <TimePart {...parts} />
            <RecurrencePart {...parts} calendarZone={calendar?.time_zone ?? null} />
            <TextInput
              id={fieldId("location")}
              label="Location"
              value={form.location}
              error={errors.location}
              onChange={(event) => set({ location: event.currentTarget.value })}
            />
            <Textarea
              id={fieldId("description")}
              label="Description"
              autosize
              minRows={2}
              maxRows={12}
              value={form.description}
              error={errors.description}
              onChange={(event) => set({ description: event.currentTarget.value })}
            />
            <GuestsPart {...parts} hadGuests={initial.guests.length > 0} provider={provider} />
            <div>
              <Button
                variant="subtle"
                size="compact-md"
                h="auto"
                mih={30}
                maw="100%"
                styles={{ label: { whiteSpace: "normal", textAlign: "start" } }}
                aria-expanded={more}
                rightSection={
                  <ChevronDown size={16} aria-hidden style={{ transform: more ? "rotate(180deg)" : undefined }} />
                }
                onClick={() => setMore(!more)}
              >
                Reminders, visibility, colour, own data
              </Button>
            </div>
            <Collapse expanded={more}>
              <Stack>
                <RemindersPart {...parts} provider={provider} />
                <LooksPart {...parts} provider={provider} />
                <MetadataPart {...parts} />
              </Stack>
            </Collapse>
          </Stack>
        </Box>
        {opened && <EventFacts event={opened.event} />}
        {failure && <Failure error={failure} />}
        <Divider />
        <Group justify="space-between">
          <Group gap="xs">
            {opened && !readOnly && (
              <Button
                color="red"
                variant="light"
                disabled={busy}
                leftSection={<Trash2 size={16} aria-hidden />}
                onClick={() => void remove(opened).then((outcome) => finish(outcome, true))}
              >
                {isRecurring(opened.event) ? "Delete…" : "Delete"}
              </Button>
            )}
            {opened && !here && !isLocal(opened.event.id) && (
              <Button
                variant="default"
                disabled={busy || dirty}
                title={dirty ? "Save your changes first" : undefined}
                leftSection={<Copy size={16} aria-hidden />}
                onClick={() => setCopying(true)}
              >
                Copy…
              </Button>
            )}
          </Group>
          <Group gap="xs">
            <Button variant="default" onClick={onCancel}>
              {readOnly ? "Close" : "Cancel"}
            </Button>
            {!readOnly && (
              <Button type="submit" loading={busy}>
                {opened ? "Save" : "Create event"}
              </Button>
            )}
          </Group>
        </Group>
      </Stack>
      {dialog}
      {copying && opened && <CopyDialog event={opened.event} onClose={() => setCopying(false)} />}
      {conflict && opened && (
        <ConflictDialog
          base={opened.base}
          mine={form}
          theirs={theirForm(conflict)}
          onClose={() => setConflict(null)}
          onTakeTheirs={() => {
            setConflict(null);
            setForm(theirForm(conflict));
            onReload?.();
          }}
          onMerge={(merged) => {
            const against = conflict;
            setConflict(null);
            setForm(merged);
            void save(merged, against);
          }}
        />
      )}
    </form>
  );
}
