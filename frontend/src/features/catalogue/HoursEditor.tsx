// An ordinary week, and the dates on which it is different. What is wrong is said at the row it is in.
import { ActionIcon, Button, Group, Menu, Stack, Text, TextInput, Title, VisuallyHidden } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { CalendarPlus, Copy, Plus, X } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { api } from "@/api/client";
import { type Edited, useGuard } from "@/api/edited";
import { type ApiError, toApiError } from "@/api/error";
import { invalidate } from "@/api/query";
import type { HoursException, HoursSpan, WorkingHours } from "@/api/types";
import { announce } from "@/ui/announce";
import { Failure } from "@/ui/Failure";
import { ZoneSelect } from "@/ui/ZoneSelect";
import classes from "./Hours.module.css";
import { type Day, dayNames, days, inHours, place, workload } from "./words";

type Spans = HoursSpan[];
/** What is wrong, by the service's pointer. */
type Faults = Map<string, string>;

/** A field of time knows no 24:00. */
const shown = (spans: Spans | undefined): Spans =>
  (spans ?? []).map(({ from, to }) => ({ from, to: to === "24:00" ? "00:00" : to }));
const sent = (spans: Spans): Spans => spans.map(({ from, to }) => ({ from, to: to === "00:00" ? "24:00" : to }));

/** After the last hours of a day, or an ordinary morning. */
const next = (spans: Spans): HoursSpan => (spans.length === 0 ? { from: "09:00", to: "17:00" } : { from: "", to: "" });

export interface HoursEditorProps {
  edited: Edited<WorkingHours>;
  mayWrite: boolean;
  onSaved: () => void;
}

export function HoursEditor({ edited, mayWrite, onSaved }: HoursEditorProps) {
  const queries = useQueryClient();
  const guarded = useGuard(edited.etag);
  const [zone, setZone] = useState(edited.now.time_zone);
  const [week, setWeek] = useState(
    () => Object.fromEntries(days.map((day) => [day, shown(edited.now.weekly[day])])) as Record<Day, Spans>,
  );
  const [exceptions, setExceptions] = useState(() =>
    edited.now.exceptions.map((one) => ({ key: one.date, date: one.date, hours: shown(one.hours) })),
  );
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [sending, setSending] = useState(false);
  const faults: Faults = new Map(failure?.errors.map((one) => [one.pointer, one.detail]));

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    setFailure(null);
    const weekly = Object.fromEntries(days.map((day) => [day, sent(week[day])]));
    const dates: HoursException[] = exceptions.map(({ date, hours }) => ({ date, hours: sent(hours) }));
    const { staff_id } = edited.now;
    try {
      await guarded((headers) =>
        api.PUT("/api/v1/staff/{id}/working-hours", {
          params: { path: { id: staff_id } },
          headers,
          body: { time_zone: zone, weekly, exceptions: dates },
        }),
      );
      await invalidate(queries, "/api/v1/staff");
      onSaved();
    } catch (error) {
      setFailure(toApiError(error));
    } finally {
      setSending(false);
    }
  };
  const set = (day: Day, spans: Spans) => setWeek((old) => ({ ...old, [day]: spans }));
  const copy = (day: Day, to: readonly Day[]) => {
    setWeek((old) => ({
      ...old,
      ...Object.fromEntries(to.map((one) => [one, old[day].map((span) => ({ ...span }))])),
    }));
    announce(`The hours of ${dayNames[day]} are copied.`);
  };
  const setException = (index: number, change: Partial<HoursException>) =>
    setExceptions((old) => old.map((one, at) => (at === index ? { ...one, ...change } : one)));
  const hours = workload(week);

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <fieldset disabled={!mayWrite} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
        <Stack>
          {failure && <Failure error={failure} />}
          <Group justify="space-between" align="flex-end">
            <ZoneSelect
              label="Time zone"
              allowDeselect={false}
              value={zone}
              onChange={(value) => value && setZone(value)}
              disabled={!mayWrite}
              w={{ base: "100%", xs: 320 }}
            />
            <Text size="sm" c="dimmed" role="status">
              {hours === 0 ? "No hours yet: nobody can book them" : `${inHours(hours)} a week`}
            </Text>
          </Group>
          <div>
            {days.map((day) => (
              <fieldset key={day} className={classes.row} aria-label={dayNames[day]}>
                <div>
                  <Text fw={600} size="sm">
                    {dayNames[day]}
                  </Text>
                  <Strip spans={week[day]} before={week[days[(days.indexOf(day) + 6) % 7] as Day]} />
                </div>
                <SpanList
                  of={dayNames[day]}
                  spans={week[day]}
                  onChange={(spans) => set(day, spans)}
                  at={`/weekly/${day}`}
                  faults={faults}
                >
                  {week[day].length > 0 && <CopyTo day={day} onCopy={copy} />}
                </SpanList>
              </fieldset>
            ))}
          </div>
          <Title order={3} size="h5">
            Other hours on some dates
          </Title>
          {exceptions.length === 0 && (
            <Text size="sm" c="dimmed">
              A holiday, a late evening. Days on which everybody is away are closures, under Services.
            </Text>
          )}
          {exceptions.map((one, index) => (
            <fieldset key={one.key} className={classes.row} aria-label={`Exception ${index + 1}`}>
              <TextInput
                type="date"
                aria-label="Date"
                value={one.date}
                error={faults.get(`/exceptions/${index}/date`)}
                onChange={(event) => setException(index, { date: event.currentTarget.value })}
              />
              <SpanList
                of={one.date || "this date"}
                spans={one.hours}
                onChange={(spans) => setException(index, { hours: spans })}
                at={`/exceptions/${index}/hours`}
                faults={faults}
              >
                <Button
                  variant="subtle"
                  color="gray"
                  size="compact-sm"
                  onClick={() => setExceptions((old) => old.filter((_, at) => at !== index))}
                >
                  Remove the date
                </Button>
              </SpanList>
            </fieldset>
          ))}
          {mayWrite && (
            <Group justify="space-between">
              <Button
                variant="default"
                leftSection={<CalendarPlus size={16} aria-hidden />}
                onClick={() => setExceptions((old) => [...old, { key: crypto.randomUUID(), date: "", hours: [] }])}
              >
                Add a date
              </Button>
              <Button type="submit" loading={sending}>
                Save the hours
              </Button>
            </Group>
          )}
        </Stack>
      </fieldset>
    </form>
  );
}

interface SpanListProps {
  /** Whose hours, for those who do not see the row. */
  of: string;
  spans: Spans;
  onChange: (spans: Spans) => void;
  /** The service's pointer to the list. */
  at: string;
  faults: Faults;
  children?: React.ReactNode;
}

function SpanList({ of, spans, onChange, at, faults, children }: SpanListProps) {
  const list = useRef<HTMLDivElement>(null);
  const change = (index: number, part: Partial<HoursSpan>) =>
    onChange(spans.map((one, n) => (n === index ? { ...one, ...part } : one)));
  const add = () => {
    onChange([...spans, next(spans)]);
    // The new row is what comes next.
    requestAnimationFrame(() => {
      const fields = list.current?.querySelectorAll<HTMLInputElement>('input[type="time"]');
      fields?.[fields.length - 2]?.focus();
    });
  };
  return (
    <Stack gap={6} ref={list}>
      {spans.length === 0 && (
        <Text size="sm" c="dimmed">
          Off
        </Text>
      )}
      {spans.map((span, index) => {
        const place = `${at}/${index}`;
        const fault = faults.get(place) ?? faults.get(`${place}/from`) ?? faults.get(`${place}/to`);
        const late = span.from !== "" && span.to !== "" && span.to !== "00:00" && span.to < span.from;
        return (
          // The order is all that tells spans apart while they are typed.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <div key={index}>
            <Group gap={6} wrap="nowrap">
              <TextInput
                type="time"
                size="xs"
                aria-label={`${of} from`}
                value={span.from}
                error={fault !== undefined}
                onChange={(event) => change(index, { from: event.currentTarget.value })}
              />
              <Text size="sm" aria-hidden>
                –
              </Text>
              <TextInput
                type="time"
                size="xs"
                aria-label={`${of} to`}
                value={span.to}
                error={fault !== undefined}
                onChange={(event) => change(index, { to: event.currentTarget.value })}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Remove ${span.from || "these"} to ${span.to || "hours"} on ${of}`}
                onClick={() => onChange(spans.filter((_, n) => n !== index))}
              >
                <X size={16} aria-hidden />
              </ActionIcon>
              {late && (
                <Text size="xs" c="dimmed">
                  next day
                </Text>
              )}
            </Group>
            {fault && (
              <Text size="xs" c="red" mt={2}>
                {fault}
              </Text>
            )}
          </div>
        );
      })}
      <Group gap="xs">
        <Button variant="subtle" size="compact-sm" leftSection={<Plus size={14} aria-hidden />} onClick={add}>
          Add hours<VisuallyHidden> on {of}</VisuallyHidden>
        </Button>
        {children}
      </Group>
    </Stack>
  );
}

const weekdays = days.slice(0, 5);

function CopyTo({ day, onCopy }: { day: Day; onCopy: (day: Day, to: readonly Day[]) => void }) {
  return (
    <Menu>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<Copy size={14} aria-hidden />}
          aria-label={`Copy to… other days, ${dayNames[day]}`}
        >
          Copy to…
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onCopy(day, weekdays)}>Monday to Friday</Menu.Item>
        <Menu.Item onClick={() => onCopy(day, days)}>Every day</Menu.Item>
        <Menu.Divider />
        {days
          .filter((other) => other !== day)
          .map((other) => (
            <Menu.Item key={other} onClick={() => onCopy(day, [other])}>
              {dayNames[other]}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A day as a bar from midnight to midnight; hours of the day before may reach into it. */
function Strip({ spans, before }: { spans: Spans; before: Spans }) {
  const typed = (all: Spans) => all.filter(({ from, to }) => from !== "" && to !== "").map(place);
  const parts = [
    ...typed(spans).map(({ from, to }) => ({ from, to: Math.min(to, 1440) })),
    ...typed(before)
      .filter(({ to }) => to > 1440)
      .map(({ to }) => ({ from: 0, to: to - 1440 })),
  ];
  const percent = (minutes: number) => `${(minutes / 14.4).toFixed(2)}%`;
  return (
    <div className={classes.day} aria-hidden>
      {parts.map(({ from, to }) => (
        <div
          key={`${from}-${to}`}
          className={classes.span}
          style={{ insetInlineStart: percent(from), width: percent(to - from) }}
        />
      ))}
    </div>
  );
}
