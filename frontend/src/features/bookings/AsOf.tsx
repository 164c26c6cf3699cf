import { Group, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useCalendarNames } from "@/api/calendars";
import type { AvailabilitySource } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { RelativeTime } from "@/ui/RelativeTime";
import { troubles } from "./words";

interface Fresh {
  as_of: string | null;
  complete: boolean;
  sources: readonly AvailabilitySource[];
}

/** How much an answer about free times knows: the age of the oldest calendar, and what is not known. */
export function AsOf({ answer: { as_of, complete, sources } }: { answer: Fresh }) {
  const calendar = useCalendarNames();
  return (
    <div>
      <Text size="xs" c="dimmed">
        {sources.length === 0 ? (
          "No calendar makes these people busy; only bookings do."
        ) : as_of ? (
          <>
            As of <RelativeTime at={as_of} />.
          </>
        ) : (
          "Not every calendar was ever read."
        )}
      </Text>
      {!complete &&
        troubles(sources, calendar).map((one) => (
          <Group key={one} gap={6} wrap="nowrap" align="flex-start">
            <TriangleAlert size={14} aria-hidden style={{ marginTop: 2, flexShrink: 0 }} />
            <Text size="xs">{sentence(one)}</Text>
          </Group>
        ))}
    </div>
  );
}
