import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import { invalidate } from "@/api/query";
import type { Calendar } from "@/api/types";
import { notifyDone } from "@/ui/notify";

/** Reads a calendar from its provider now. */
export function useSync(calendar: Calendar) {
  const queries = useQueryClient();
  const call = $api.useMutation("post", "/api/v1/calendars/{id}/sync");
  const sync = async () => {
    try {
      const health = await call.mutateAsync({ params: { path: { id: calendar.id } } });
      if (health.state === "ok") notifyDone(`${calendar.name} is up to date: ${health.events} events.`);
    } catch {
      // The failed mutation shows itself.
    }
    await invalidate(queries, "/api/v1/calendars", "/api/v1/events", "/api/v1/dashboard", "/api/v1/clients");
  };
  return { sync, syncing: call.isPending };
}
