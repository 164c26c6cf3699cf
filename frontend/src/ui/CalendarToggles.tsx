// What a calendar takes part in: shown and synced, blocking time, receiving bookings. Changes at once, rolls back on failure.
import { Box, Group, Stack, Switch, Text, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import type { Calendar } from "@/api/types";

export type CalendarToggle = "selected" | "blocks_availability" | "receives_bookings";

export const toggleWords: Record<CalendarToggle, { label: string; hint: string }> = {
  selected: { label: "Synced", hint: "Its events are read and shown." },
  blocks_availability: { label: "Blocks availability", hint: "Busy events in it make the time unavailable." },
  receives_bookings: { label: "Receives bookings", hint: "New bookings are written into it." },
};

type Lists = { data: Calendar[] };

/** Changes a calendar in every list on screen before the service has answered. */
export function useCalendarPatch() {
  const queries = useQueryClient();
  const mutation = $api.useMutation("patch", "/api/v1/calendars/{id}");
  return async (id: string, body: Partial<Pick<Calendar, CalendarToggle | "colour">>) => {
    const isList = {
      predicate: ({ queryKey }: { queryKey: readonly unknown[] }) => /\/calendars$/.test(String(queryKey[1])),
    };
    await queries.cancelQueries(isList);
    const before = queries.getQueriesData<Lists>(isList);
    queries.setQueriesData<Lists>(isList, (old) =>
      old?.data ? { ...old, data: old.data.map((one) => (one.id === id ? { ...one, ...body } : one)) } : old,
    );
    try {
      await mutation.mutateAsync({ params: { path: { id } }, body });
    } catch {
      for (const [key, data] of before) queries.setQueryData(key, data);
      return;
    }
    await queries.invalidateQueries({
      predicate: ({ queryKey }) => /\/(calendars|events|dashboard)/.test(String(queryKey[1])),
    });
  };
}

const writable = (calendar: Calendar) => calendar.access_role === "owner" || calendar.access_role === "writer";

export function CalendarToggles({ calendar, hints = false }: { calendar: Calendar; hints?: boolean }) {
  const patch = useCalendarPatch();
  return (
    <Stack gap={6} role="group" aria-label={`What ${calendar.name} takes part in`}>
      {(Object.keys(toggleWords) as CalendarToggle[]).map((key) => {
        const { label, hint } = toggleWords[key];
        const impossible = key === "receives_bookings" && !writable(calendar);
        const toggle = (
          <Switch
            key={key}
            size="sm"
            label={label}
            description={hints ? hint : undefined}
            checked={calendar[key]}
            disabled={impossible || (key !== "selected" && !calendar.selected)}
            onChange={(event) => void patch(calendar.id, { [key]: event.currentTarget.checked })}
          />
        );
        return impossible ? (
          <Tooltip key={key} label="This account may only read the calendar.">
            <Box>{toggle}</Box>
          </Tooltip>
        ) : (
          toggle
        );
      })}
    </Stack>
  );
}

export function CalendarDot({ colour, size = 12 }: { colour: string | null; size?: number }) {
  return (
    <Box
      component="span"
      aria-hidden
      style={{
        display: "inline-block",
        flexShrink: 0,
        width: size,
        height: size,
        borderRadius: "50%",
        background: colour ?? "var(--mantine-primary-color-filled)",
      }}
    />
  );
}

export function CalendarName({ calendar }: { calendar: Calendar }) {
  return (
    <Group gap={8} wrap="nowrap" style={{ minWidth: 0 }}>
      <CalendarDot colour={calendar.colour} />
      <Text span fw={600} size="sm" style={{ overflowWrap: "anywhere" }}>
        {calendar.name}
      </Text>
    </Group>
  );
}
