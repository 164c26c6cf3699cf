// When: day, time, zone; and what to do about a time that the clock change skips or repeats.
import { Alert, Anchor, Button, Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { ClockAlert, Globe } from "lucide-react";
import { localZone } from "@/lib/time";
import {
  addMinutes,
  clockChange,
  dayOf,
  instantOf,
  minutesBetween,
  showDay,
  showTime,
  timeOf,
  wallAt,
  wallOf,
} from "@/lib/wall";
import { ZoneSelect } from "@/ui/ZoneSelect";
import { type EventForm, moveStart } from "../form";
import { fieldId, type PartProps } from "./field";

export function TimePart({ form, set, errors }: PartProps) {
  const allDay = (on: boolean) =>
    set((old) => {
      if (on) return { ...old, allDay: true, endDay: old.endDay < old.startDay ? old.startDay : old.endDay };
      const end = addMinutes(wallAt(old.startDay, old.startTime), 60);
      const lasts = minutesBetween(wallAt(old.startDay, old.startTime), wallAt(old.endDay, old.endTime));
      return lasts > 0
        ? { ...old, allDay: false }
        : { ...old, allDay: false, endDay: dayOf(end), endTime: timeOf(end) };
    });
  return (
    <Stack gap="sm">
      <Switch label="All day" checked={form.allDay} onChange={(event) => allDay(event.currentTarget.checked)} />
      <Group align="flex-start" gap="xs">
        <Group align="flex-start" gap="xs" wrap="nowrap" style={{ flex: "1 1 15rem" }}>
          <TextInput
            id={fieldId("startDay")}
            type="date"
            label={form.allDay ? "First day" : "Starts"}
            required
            value={form.startDay}
            error={errors.startDay}
            onChange={(event) => {
              const day = event.currentTarget.value;
              set((old) => moveStart(old, day, old.startTime));
            }}
            style={{ flex: "3 1 0", minWidth: 0 }}
          />
          {!form.allDay && (
            <TextInput
              id={fieldId("startTime")}
              type="time"
              label="at"
              aria-label="Start time"
              required
              value={form.startTime}
              error={errors.startTime}
              onChange={(event) => {
                const time = event.currentTarget.value;
                set((old) => moveStart(old, old.startDay, time));
              }}
              style={{ flex: "2 1 0", minWidth: 0 }}
            />
          )}
        </Group>
        <Group align="flex-start" gap="xs" wrap="nowrap" style={{ flex: "1 1 15rem" }}>
          <TextInput
            id={fieldId("endDay")}
            type="date"
            label={form.allDay ? "Last day" : "Ends"}
            required
            min={form.startDay}
            value={form.endDay}
            error={errors.endDay}
            onChange={(event) => set({ endDay: event.currentTarget.value, endReading: null })}
            style={{ flex: "3 1 0", minWidth: 0 }}
          />
          {!form.allDay && (
            <TextInput
              id={fieldId("endTime")}
              type="time"
              label="at"
              aria-label="End time"
              required
              value={form.endTime}
              error={errors.endTime}
              onChange={(event) => set({ endTime: event.currentTarget.value, endReading: null })}
              style={{ flex: "2 1 0", minWidth: 0 }}
            />
          )}
        </Group>
      </Group>
      {!form.allDay && (
        <>
          <Readings which="start" form={form} set={set} />
          <Readings which="end" form={form} set={set} />
          <ZoneSelect
            id={fieldId("zone")}
            label={form.endZone === null ? "Time zone" : "Time zone of the start"}
            allowDeselect={false}
            value={form.zone}
            day={form.startDay}
            error={errors.zone}
            onChange={(zone) => zone && set({ zone, startReading: null, endReading: null })}
          />
          {form.endZone !== null && (
            <ZoneSelect
              label="Time zone of the end"
              allowDeselect={false}
              value={form.endZone}
              day={form.endDay}
              onChange={(zone) => zone && set({ endZone: zone, endReading: null })}
            />
          )}
          <Anchor
            component="button"
            type="button"
            size="xs"
            w="fit-content"
            onClick={() => set({ endZone: form.endZone === null ? form.zone : null, endReading: null })}
          >
            {form.endZone === null ? "It ends in another zone" : "It ends in the same zone"}
          </Anchor>
          <Elsewhere form={form} />
        </>
      )}
    </Stack>
  );
}

/** The same moments on the viewer's own clock, when it shows something else. */
function Elsewhere({ form }: { form: EventForm }) {
  const own = localZone();
  if (!form.startDay || !form.startTime || !form.endDay || !form.endTime) return null;
  const start = wallOf(instantOf(wallAt(form.startDay, form.startTime), form.zone), own);
  const end = wallOf(instantOf(wallAt(form.endDay, form.endTime), form.endZone ?? form.zone), own);
  if (start === wallAt(form.startDay, form.startTime) && form.endZone === null) return null;
  const day = dayOf(start) === form.startDay ? "" : `${showDay(dayOf(start))}, `;
  const until = dayOf(end) === dayOf(start) ? "" : `${showDay(dayOf(end))}, `;
  return (
    <Alert color="blue" py="xs" icon={<Globe aria-hidden />} role="note">
      <Text size="sm">
        You are in <b>{own.replaceAll("_", " ")}</b>. On your clock this is {day}
        <b>
          {showTime(start)} – {until}
          {showTime(end)}
        </b>
        .
      </Text>
    </Alert>
  );
}

function Readings({ which, form, set }: Pick<PartProps, "form" | "set"> & { which: "start" | "end" }) {
  const day = which === "start" ? form.startDay : form.endDay;
  const time = which === "start" ? form.startTime : form.endTime;
  const zone = which === "start" ? form.zone : (form.endZone ?? form.zone);
  const reading = which === "start" ? form.startReading : form.endReading;
  const change = day && time ? clockChange(wallAt(day, time), zone) : null;
  if (!change) return null;
  const key = which === "start" ? "startReading" : "endReading";
  return (
    <Alert
      color={reading ? "gray" : "yellow"}
      icon={<ClockAlert aria-hidden />}
      title={`${showTime(wallAt(day, time))} ${change.kind === "gap" ? "does not exist" : "comes twice"} on ${showDay(day)}`}
      role="status"
    >
      <Text size="sm">The clocks change in {zone.replaceAll("_", " ")}. Which do you mean?</Text>
      <Group gap="xs" mt="xs">
        {(["earlier", "later"] as const).map((one) => (
          <Button
            key={one}
            size="compact-sm"
            variant={reading === one ? "filled" : "default"}
            aria-pressed={reading === one}
            onClick={() => set({ [key]: one })}
          >
            {change.kind === "gap"
              ? showTime(change[one].wall)
              : `the ${one === "earlier" ? "first" : "second"} (UTC${change[one].offset})`}
          </Button>
        ))}
      </Group>
    </Alert>
  );
}
