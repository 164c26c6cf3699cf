// The next dates of a series, computed by the service: the same ones that will be written.
import { Group, List, Skeleton, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import { toApiError } from "@/api/error";
import { dayOf, showDay, showTime } from "@/lib/wall";
import { type EventForm, type Moment, toInput } from "../form";

/** The zone is said beside the dates: the person reading them may be elsewhere. */
const zoneOf = (form: EventForm): string => (form.allDay ? "" : ` (${form.zone.replaceAll("_", " ")})`);

export function Preview({ form, calendarZone }: { form: EventForm; calendarZone: string | null }) {
  const { start, end, recurrence } = toInput(form);
  const body = { start, end, recurrence, limit: 6, ...(calendarZone ? { calendar_time_zone: calendarZone } : {}) };
  const [text] = useDebouncedValue(JSON.stringify(body), 250);
  const preview = useQuery({
    queryKey: ["post", "/api/v1/recurrence/preview", text] as const,
    queryFn: async ({ signal }) => {
      const { data } = await api.POST("/api/v1/recurrence/preview", { body: JSON.parse(text) as typeof body, signal });
      return data ?? null;
    },
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
    retry: false,
  });
  if (preview.error) {
    const failure = toApiError(preview.error);
    return (
      <Text size="xs" c="red" mt={4} role="alert">
        {failure.errors[0]?.detail ?? failure.detail}
      </Text>
    );
  }
  if (!preview.data) return <Skeleton h={60} mt={6} aria-label="Loading the next dates" />;
  const { occurrences, total } = preview.data;
  return (
    <>
      <Group gap={4} mt={4}>
        <Text size="xs" c="dimmed">
          {total === null ? "Endless." : `${total} ${total === 1 ? "time" : "times"}.`} Next{zoneOf(form)}:
        </Text>
      </Group>
      <List size="xs" listStyleType="none" aria-label="Next dates">
        {occurrences.map((one) => {
          const at: Moment = one.start;
          return (
            <List.Item key={at.date ?? at.utc}>
              {at.date ? showDay(at.date) : `${showDay(dayOf(at.date_time ?? ""))}, ${showTime(at.date_time ?? "")}`}
            </List.Item>
          );
        })}
      </List>
    </>
  );
}
