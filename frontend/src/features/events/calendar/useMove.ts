// A drag or a resize: shown at once, asked about where it must be, taken back when the service refuses.
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { toApiError } from "@/api/error";
import { waitToChange } from "@/api/offline/queue";
import type { Event, EventTimeIn } from "@/api/types";
import { clockChange } from "@/lib/wall";
import { notifyFailure, notifyUndo } from "@/ui/notify";
import type { Moment } from "../form";
import type { How, HowQuestion } from "../HowDialog";
import { changeOnScreen, eventsChanged } from "../queries";
import { sendOrWait } from "../sendOrWait";
import { type NewTime, withTime } from "./place";

/** Nobody can drop an event into the hour that is skipped and mean two things: read it as RFC 5545 does. */
const readable = (at: EventTimeIn): EventTimeIn => {
  if (!at.date_time || !at.time_zone) return at;
  const change = clockChange(at.date_time, at.time_zone);
  return change ? { ...at, disambiguation: change.kind === "gap" ? "later" : "earlier" } : at;
};
const asInput = ({ date, date_time, time_zone }: Moment): EventTimeIn => (date ? { date } : { date_time, time_zone });

export function useMove(ask: (question: HowQuestion) => Promise<How | null>) {
  const queries = useQueryClient();
  const write = (event: Event, time: NewTime, how: How): Promise<Event | null> => {
    const body = {
      start: readable(time.start),
      end: readable(time.end),
      ...(how.notify === "none" ? {} : { notify: how.notify }),
    };
    return sendOrWait(
      event,
      async () => {
        const query = how.scope ? { scope: how.scope } : {};
        const params = { path: { id: event.id }, query, header: { "If-Match": event.etag } };
        return (await api.PATCH("/api/v1/events/{id}", { params, body })).data as Event;
      },
      (attempted) => waitToChange({ event, patch: body, scope: how.scope ?? null, attempted, whole: false }),
    );
  };

  return async (event: Event, time: NewTime) => {
    const rollback = await changeOnScreen(queries, event.id, (one) => withTime(one, time));
    let how: How | null = { notify: "none" };
    const guests = event.attendees.some((one) => !one.self);
    if (event.recurring_event_id || guests) {
      how = await ask({
        title: `Move “${event.title}”?`,
        verb: "Move",
        scopes: event.recurring_event_id ? ["this", "this_and_following", "all"] : [],
        guests,
        provider: event.provider,
      });
    }
    if (!how) return rollback();
    const chosen = how;
    try {
      const after = await write(event, time, chosen);
      // From here on it is shown as waiting.
      if (!after) return rollback();
      // A whole series is not taken back by moving one date of it.
      if (after && (!chosen.scope || chosen.scope === "this")) {
        const back = { start: asInput(event.start), end: asInput(event.end) };
        notifyUndo(`“${event.title}” was moved.`, () =>
          write(after, back, chosen)
            .catch(notifyFailure)
            .finally(() => eventsChanged(queries)),
        );
      }
    } catch (error) {
      rollback();
      const failure = toApiError(error);
      notifyFailure(failure);
    }
    await eventsChanged(queries);
  };
}
