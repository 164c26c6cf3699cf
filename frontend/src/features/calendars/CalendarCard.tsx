import { ActionIcon, Anchor, Box, Button, ColorInput, ColorSwatch, Group, Popover, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Palette, RefreshCw } from "lucide-react";
import { useState } from "react";
import type { Calendar } from "@/api/types";
import { calendarColour } from "@/lib/colour";
import { Breakable } from "@/ui/Breakable";
import { CalendarDot, CalendarToggles, useCalendarPatch } from "@/ui/CalendarToggles";
import { May } from "@/ui/May";
import { RelativeTime } from "@/ui/RelativeTime";
import { CalendarBadge } from "@/ui/status";
import { roleWords, swatches } from "./access";
import { useSync } from "./useSync";

export function CalendarCard({ calendar, first }: { calendar: Calendar; first: boolean }) {
  const { sync, syncing } = useSync(calendar);
  return (
    <Group
      py="sm"
      gap="md"
      align="flex-start"
      style={{ borderTop: first ? undefined : "1px solid var(--cs-line)" }}
      role="group"
      aria-label={calendar.name}
    >
      <Box style={{ flex: "1 1 15rem", minWidth: 0 }}>
        <Group gap={8} wrap="nowrap">
          <CalendarDot colour={calendarColour(calendar)} size={14} />
          <Anchor
            fw={600}
            c="var(--mantine-color-text)"
            style={{ overflowWrap: "anywhere" }}
            renderRoot={(props) => <Link to="/calendars/$calendarId" params={{ calendarId: calendar.id }} {...props} />}
          >
            <Breakable text={calendar.name} />
          </Anchor>
          {calendar.primary && (
            <Text span size="xs" c="dimmed">
              main
            </Text>
          )}
        </Group>
        <Text size="xs" c="dimmed" mt={2}>
          {roleWords[calendar.access_role]}
          {calendar.time_zone ? ` · ${calendar.time_zone.replaceAll("_", " ")}` : ""}
        </Text>
        <Group gap="xs" mt={6}>
          <CalendarBadge state={calendar.health} />
          <Text size="xs" c="dimmed">
            {calendar.as_of ? (
              <>
                read <RelativeTime at={calendar.as_of} />
              </>
            ) : (
              "never read"
            )}
          </Text>
        </Group>
      </Box>
      <Box style={{ flex: "1 1 12rem" }}>
        <CalendarToggles calendar={calendar} />
      </Box>
      <Group gap="xs">
        <May scope="calendars:write" client={calendar.client_id}>
          <ColourPicker calendar={calendar} />
          <Button
            size="compact-md"
            variant="default"
            loading={syncing}
            disabled={!calendar.selected}
            leftSection={<RefreshCw size={14} aria-hidden />}
            aria-label={`Sync now: ${calendar.name}`}
            onClick={() => void sync()}
          >
            Sync now
          </Button>
        </May>
      </Group>
    </Group>
  );
}

/** The colour here; the provider's own stays as it is. */
export function ColourPicker({ calendar }: { calendar: Calendar }) {
  const patch = useCalendarPatch();
  const [draft, setDraft] = useState(calendar.colour ?? "");
  const choose = (colour: string | null) => {
    setDraft(colour ?? "");
    void patch(calendar.id, { colour });
  };
  return (
    <Popover width={230} position="bottom-end" withArrow trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant="default" size={30} aria-label={`Colour of ${calendar.name}`}>
          <Palette size={16} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Group gap={6} role="group" aria-label="Colours">
            {swatches.map((colour) => (
              <ColorSwatch
                key={colour}
                component="button"
                type="button"
                color={colour}
                size={30}
                aria-label={colour}
                aria-pressed={calendar.colour === colour}
                style={{
                  cursor: "pointer",
                  outline: calendar.colour === colour ? "2px solid var(--mantine-color-text)" : undefined,
                  outlineOffset: 2,
                }}
                onClick={() => choose(colour)}
              />
            ))}
          </Group>
          <ColorInput
            label="Another colour"
            eyeDropperButtonProps={{ "aria-label": "Pick a colour from the screen" }}
            value={draft}
            format="hex"
            onChange={setDraft}
            onChangeEnd={(colour) => /^#[0-9a-f]{6}$/i.test(colour) && choose(colour)}
            popoverProps={{ withinPortal: false }}
          />
          <Button size="compact-sm" variant="default" onClick={() => choose(null)}>
            As at the provider
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
