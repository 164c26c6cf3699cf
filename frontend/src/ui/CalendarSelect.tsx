import { Select } from "@mantine/core";
import { useMemo } from "react";
import { useCalendarCalled } from "@/api/calendars";
import { useClientNames } from "@/api/names";
import type { Calendar } from "@/api/types";

export interface CalendarSelectProps {
  label: string;
  calendars: Calendar[] | undefined;
  /** An id, or a name that a file's layout was given. */
  value: string | null;
  onChange: (id: string | null) => void;
}

/** Calendars to choose from, grouped by client. */
export function useCalendarChoices(calendars: Calendar[] | undefined) {
  const names = useClientNames().data;
  const called = useCalendarCalled(calendars);
  return useMemo(() => {
    const groups = new Map<string, { value: string; label: string }[]>();
    for (const one of calendars ?? []) {
      const group = names?.get(one.client_id) ?? "Calendars";
      groups.set(group, [...(groups.get(group) ?? []), { value: one.id, label: called(one) }]);
    }
    return [...groups].map(([group, items]) => ({ group, items }));
  }, [calendars, names, called]);
}

/** One calendar among those of all clients, grouped by client. */
export function CalendarSelect({ label, calendars, value, onChange }: CalendarSelectProps) {
  const data = useCalendarChoices(calendars);
  const chosen = calendars?.find((one) => one.id === value || one.name === value)?.id ?? null;
  return (
    <Select
      label={label}
      placeholder="Choose a calendar"
      searchable
      clearable
      clearButtonProps={{ "aria-label": "No calendar" }}
      nothingFoundMessage="No calendar that can be written to"
      data={data}
      value={chosen}
      onChange={onChange}
      style={{ flex: "1 1 14rem" }}
    />
  );
}
