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

/** Deletes an event after a question; without the network that waits. Resolves to whether it is gone from the list. */
export function useDeleteOne() {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const run = async (event: Event): Promise<boolean> => {
    const told = !choosesMails(event.provider) && event.attendees.some((guest) => !guest.self);
    const yes = await confirm({
      title: `Delete “${event.title}”?`,
      body: [
        `It is deleted at the provider too${told ? "" : ", and nobody is mailed"}. This cannot be undone.`,
        told && MAILS_ALWAYS,
        isRecurring(event) && "It is a series: all its dates go.",
      ]
        .filter(Boolean)
        .join(" "),
      verb: "Delete",
    });
    if (!yes) return false;
    setBusy(true);
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
      if (sent) notifyDone(`“${event.title}” was deleted.`);
    } catch (error) {
      // Gone already is what was wanted.
      if (toApiError(error).status !== 404) {
        notifyFailure(error);
        return false;
      }
    } finally {
      setBusy(false);
      await eventsChanged(queries);
    }
    return true;
  };
  return { run, busy };
}
