// What a calendar takes part in: shown and synced, blocking time, receiving bookings. Changes at once, rolls back on failure.
import { Box, Group, Stack, Switch, Text, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import { useMay } from "@/api/session";
import type { Calendar } from "@/api/types";
import { calendarColour } from "@/lib/colour";
import { Breakable } from "./Breakable";

export type CalendarToggle = "selected" | "blocks_availability" | "receives_bookings";

export const toggleWords: Record<CalendarToggle, { label: string; hint: string }> = {
  selected: { label: "Synced", hint: "Its events are read and shown." },
  blocks_availability: { label: "Blocks availability", hint: "Busy events in it make the time unavailable." },
  receives_bookings: { label: "Receives bookings", hint: "New bookings are written into it." },
};

type Change = Partial<Pick<Calendar, CalendarToggle | "colour" | "busy_rules">>;
type Kept = { data?: Calendar[]; pages?: { data: Calendar[] }[]; id?: string };

/** What is kept of an answer, after the change: a list, pages of lists, or the calendar itself. */
function changed(old: Kept | undefined, id: string, change: Change): Kept | undefined {
  const each = (list: Calendar[]) => list.map((one) => (one.id === id ? { ...one, ...change } : one));
  if (!old) return old;
  if (Array.isArray(old.pages)) return { ...old, pages: old.pages.map((page) => ({ ...page, data: each(page.data) })) };
  if (Array.isArray(old.data)) return { ...old, data: each(old.data) };
  return old.id === id ? { ...old, ...change } : old;
}

/** Changes a calendar everywhere on screen before the service has answered, and back when it refuses. */
export function useCalendarPatch() {
  const queries = useQueryClient();
  const mutation = $api.useMutation("patch", "/api/v1/calendars/{id}");
  return async (id: string, body: Change) => {
    const kept = {
      predicate: ({ queryKey }: { queryKey: readonly unknown[] }) => String(queryKey[1]).includes("/calendars"),
    };
    // Answers under way are dropped at once, and waited for afterwards: a switch that moves late looks as if it did not move.
    const dropped = queries.cancelQueries(kept);
    const before = queries.getQueriesData<Kept>(kept);
    queries.setQueriesData<Kept>(kept, (old) => changed(old, id, body));
    await dropped;
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
  const mayWrite = useMay("calendars:write", { client: calendar.client_id });
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
            disabled={!mayWrite || impossible || (key !== "selected" && !calendar.selected)}
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
      <CalendarDot colour={calendarColour(calendar)} />
      <Text span fw={600} size="sm" style={{ overflowWrap: "anywhere" }}>
        <Breakable text={calendar.name} />
      </Text>
    </Group>
  );
}
