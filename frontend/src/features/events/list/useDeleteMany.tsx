import { Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { toApiError } from "@/api/error";
import { waitToDelete } from "@/api/offline/queue";
import type { Event } from "@/api/types";
import { confirm } from "@/ui/confirm";
import { notifyDone, notifyFailure } from "@/ui/notify";
import { choosesMails, MAILS_ALWAYS } from "../HowDialog";
import { eventsChanged, isRecurring } from "../queries";
import { sendOrWait } from "../sendOrWait";

/** Deletes events one after the other. What failed stays selected and is named. */
export function useDeleteMany() {
  const queries = useQueryClient();
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null);
  const run = async (events: Event[]): Promise<Set<string>> => {
    const series = events.filter(isRecurring).length;
    const told = events.some((one) => !choosesMails(one.provider) && one.attendees.some((guest) => !guest.self));
    const yes = await confirm({
      title: `Delete ${events.length} ${events.length === 1 ? "event" : "events"}?`,
      body: (
        <Stack gap="xs">
          <Text size="sm">
            They are deleted at the provider too{told ? "" : ", and nobody is mailed"}. This cannot be undone.
          </Text>
          {told && <Text size="sm">{MAILS_ALWAYS}</Text>}
          {series > 0 && (
            <Text size="sm" fw={600}>
              {series} of them {series === 1 ? "is a series: all its dates go." : "are series: all their dates go."}
            </Text>
          )}
        </Stack>
      ),
      verb: "Delete",
      typed: `delete ${events.length}`,
    });
    const failed = new Set(events.map((one) => one.id));
    if (!yes) return failed;
    let last: unknown = null;
    let waits = 0;
    for (const [index, event] of events.entries()) {
      setProgress({ done: index, total: events.length });
      try {
        const sent = await sendOrWait(
          event,
          async () => {
            const params = { path: { id: event.id }, header: { "If-Match": event.etag } };
            await api.DELETE("/api/v1/events/{id}", { params });
            return true;
          },
          (attempted) => waitToDelete({ event, scope: null, notify: "none", attempted }),
        );
        if (!sent) waits++;
        failed.delete(event.id);
      } catch (error) {
        // Gone already is what was wanted.
        if (toApiError(error).status === 404) failed.delete(event.id);
        else last = error;
      }
    }
    setProgress(null);
    const gone = events.length - failed.size - waits;
    if (gone > 0) notifyDone(`${gone} ${gone === 1 ? "event was" : "events were"} deleted.`);
    if (last) notifyFailure(last);
    await eventsChanged(queries);
    return failed;
  };
  return { run, progress };
}
