// Which calendars are shown, with their colours and how fresh they are.
import { ActionIcon, Anchor, Button, Checkbox, Group, Stack, Text, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useCalendarCalled } from "@/api/calendars";
import type { Calendar } from "@/api/types";
import { calendarColour } from "@/lib/colour";
import { Breakable } from "@/ui/Breakable";
import { calendarLooks } from "@/ui/status";

export interface SideProps {
  calendars: Calendar[];
  /** Ids of those shown. */
  shown: ReadonlySet<string>;
  onChange: (shown: Set<string>) => void;
}

export function Side({ calendars, shown, onChange }: SideProps) {
  const called = useCalendarCalled(calendars);
  const flip = (id: string, on: boolean) => {
    const next = new Set(shown);
    if (on) next.add(id);
    else next.delete(id);
    onChange(next);
  };
  return (
    <Stack gap={6} role="group" aria-label="Calendars shown">
      {calendars.map((calendar) => (
        <Group key={calendar.id} gap={6} wrap="nowrap">
          <Checkbox
            size="sm"
            checked={shown.has(calendar.id)}
            color={calendarColour(calendar)}
            autoContrast
            onChange={(event) => flip(calendar.id, event.currentTarget.checked)}
            label={
              <span style={{ overflowWrap: "anywhere" }}>
                <Breakable text={called(calendar)} />
              </span>
            }
            style={{ flex: 1, minWidth: 0 }}
          />
          {(calendar.health === "stale" || calendar.health === "failing") && (
            <Tooltip label={calendarLooks[calendar.health].label}>
              <ActionIcon
                variant="subtle"
                color={calendarLooks[calendar.health].color}
                aria-label={`${calendar.name}: ${calendarLooks[calendar.health].label}. Details`}
                renderRoot={(props) => (
                  <Link to="/calendars/$calendarId" params={{ calendarId: calendar.id }} {...props} />
                )}
              >
                <TriangleAlert size={16} aria-hidden />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
      ))}
      {calendars.length > 1 && (
        <Group gap="xs">
          <Button
            size="compact-xs"
            variant="subtle"
            disabled={shown.size === calendars.length}
            onClick={() => onChange(new Set(calendars.map((one) => one.id)))}
          >
            Show all
          </Button>
          <Button size="compact-xs" variant="subtle" disabled={shown.size === 0} onClick={() => onChange(new Set())}>
            None
          </Button>
        </Group>
      )}
      <Text size="xs" c="dimmed">
        <Anchor size="xs" renderRoot={(props) => <Link to="/calendars" {...props} />}>
          Manage calendars
        </Anchor>
      </Text>
    </Stack>
  );
}
