// What a template comes to, asked for while somebody types.
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useWritableCalendars } from "@/api/calendars";
import { api } from "@/api/client";
import type { TemplateIn } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { localZone } from "@/lib/time";
import { addDays, todayIn } from "@/lib/wall";

/** So many events are enough to see whether counters and lists do what is meant. */
const SHOWN = 3;

export function usePreview(template: TemplateIn) {
  const calendars = useWritableCalendars(useClientScope());
  const [chosen, setChosen] = useState<string[] | null>(null);
  const [start] = useState(() => addDays(todayIn(localZone()), 1));
  const calendar_ids = chosen ?? calendars?.slice(0, 1).map((one) => one.id) ?? [];
  // The name does not matter, and a template without one can be looked at.
  const [settled] = useDebouncedValue(JSON.stringify({ ...template, name: template.name || "Template" }), 350);
  const query = useQuery({
    queryKey: ["get", "/api/v1/templates/preview", settled, calendar_ids, start],
    queryFn: async ({ signal }) => {
      const body = { template: JSON.parse(settled) as TemplateIn, calendar_ids, start, count: SHOWN };
      const { data } = await api.POST("/api/v1/templates/preview", { body, signal });
      if (!data) throw new Error("empty answer");
      return data;
    },
    enabled: calendar_ids.length > 0,
    placeholderData: keepPreviousData,
    meta: { still: true },
    retry: false,
  });
  return { ...query, calendars, chosen: calendar_ids, choose: setChosen };
}

export type PreviewQuery = ReturnType<typeof usePreview>;
