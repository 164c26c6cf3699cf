// Saving, moving, answering and deleting an event. Knows what to ask first; the editor shows what comes of it.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { type ApiError, toApiError } from "@/api/error";
import { isWaiting, waitToAnswer, waitToChange, waitToCreate, waitToDelete } from "@/api/offline/queue";
import { type Answer, isLocal } from "@/api/offline/rules";
import type { Calendar, Event } from "@/api/types";
import { confirm } from "@/ui/confirm";
import { notifyDone } from "@/ui/notify";
import { type EventForm, fieldOf, toForm, toInput, toPatch } from "../form";
import type { How, HowQuestion, Scope } from "../HowDialog";
import { eventsChanged, isRecurring } from "../queries";
import { sendOrWait } from "../sendOrWait";

export interface Loaded {
  event: Event;
  /** Content lines of the series it belongs to. */
  lines: string[];
  /** The event as the service told it. */
  base: EventForm;
}

export type Outcome =
  | { kind: "saved"; event: Event }
  | { kind: "cancelled" }
  | { kind: "failed" }
  /** Somebody else changed it; `theirs` is the event as it is now. */
  | { kind: "conflict"; theirs: Event };

/** Where the service tells a program what to send, a person is told what to press. */
const inForm: Record<string, string> = {
  time_does_not_exist: "The clocks skip this time. Choose below which one you mean.",
  time_is_ambiguous: "This time comes twice. Choose below which one you mean.",
};

export function useSave(ask: (question: HowQuestion) => Promise<How | null>) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [errors, setErrors] = useState<Record<string, string>>({});

  const run = async (work: () => Promise<Outcome>): Promise<Outcome> => {
    setBusy(true);
    setFailure(null);
    setErrors({});
    try {
      const outcome = await work();
      if (outcome.kind === "saved") await eventsChanged(queries);
      return outcome;
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.status === 412 && error.current) return { kind: "conflict", theirs: error.current as Event };
      const fields = Object.fromEntries(
        error.errors
          .filter((one) => one.pointer)
          .map((one) => [fieldOf(one.pointer), inForm[one.code] ?? one.detail] as const),
      );
      setErrors(fields);
      setFailure(Object.keys(fields).length === error.errors.length && error.errors.length > 0 ? null : error);
      return { kind: "failed" };
    } finally {
      setBusy(false);
    }
  };

  const create = (form: EventForm, calendar: Calendar) =>
    run(async () => {
      const key = crypto.randomUUID();
      const body = toInput(form);
      const made = await sendOrWait(
        null,
        async () => {
          const params = { path: { id: form.calendarId }, header: { "Idempotency-Key": key } };
          return (await api.POST("/api/v1/calendars/{id}/events", { params, body })).data as Event;
        },
        (attempted) => waitToCreate({ calendarId: calendar.id, clientId: calendar.client_id, body, attempted }, key),
      );
      if (made) notifyDone(`“${form.title.trim()}” was created.`);
      return { kind: "saved", event: made ?? ({ start: body.start, end: body.end } as Event) };
    });

  /** @param against the version the changes are made to; after a conflict not the one that was opened. */
  const update = async ({ event, base }: Loaded, form: EventForm, against = event): Promise<Outcome> => {
    const patch = toPatch(base, form);
    const moves = form.calendarId !== base.calendarId;
    let scope: Scope | undefined;
    if (event.recurring_event_id && Object.keys(patch).length > 0) {
      const how = await ask({
        title: "Save which ones?",
        text: "This event belongs to a series.",
        verb: "Save",
        // A new rule cannot be the rule of a single date.
        scopes: patch.recurrence ? ["this_and_following", "all"] : ["this", "this_and_following", "all"],
        guests: false,
        provider: event.provider,
      });
      if (!how) return { kind: "cancelled" };
      scope = how.scope;
    }
    return run(async () => {
      let current = against;
      const local = isLocal(event.id);
      if (moves && !local) {
        const { data } = await api.POST("/api/v1/events/{id}/move", {
          params: { path: { id: event.recurring_event_id ?? event.id } },
          body: { calendar_id: form.calendarId, notify: form.notify },
        });
        if (data && !event.recurring_event_id) current = data;
      }
      if (Object.keys(patch).length === 0 && !isWaiting(event) && !local) return { kind: "saved", event: current };
      const on = current;
      const saved = await sendOrWait(
        on,
        async () => {
          const params = { path: { id: on.id }, query: { scope }, header: { "If-Match": on.etag } };
          return (await api.PATCH("/api/v1/events/{id}", { params, body: patch as never })).data as Event;
        },
        (attempted) =>
          waitToChange({
            event: on,
            patch: patch as never,
            scope: scope ?? null,
            attempted,
            whole: true,
            calendarId: local ? form.calendarId : undefined,
          }),
      );
      if (saved) notifyDone("Saved.");
      return { kind: "saved", event: saved ?? current };
    });
  };

  const remove = async ({ event }: Loaded): Promise<Outcome> => {
    const others = event.attendees.some((one) => !one.self);
    let how: How | null = { notify: "none" };
    if (isRecurring(event) || others) {
      how = await ask({
        title: `Delete “${event.title}”?`,
        text: "It is deleted at the provider too. This cannot be undone.",
        verb: "Delete",
        destructive: true,
        scopes: event.recurring_event_id ? ["this", "this_and_following", "all"] : [],
        guests: others,
        provider: event.provider,
      });
    } else if (
      !(await confirm({
        title: `Delete “${event.title}”?`,
        body: "It is deleted at the provider too. This cannot be undone.",
        verb: "Delete event",
      }))
    ) {
      how = null;
    }
    if (!how) return { kind: "cancelled" };
    const { scope, notify } = how;
    return run(async () => {
      const gone = await sendOrWait(
        event,
        async () => {
          const params = { path: { id: event.id }, query: { scope, notify }, header: { "If-Match": event.etag } };
          await api.DELETE("/api/v1/events/{id}", { params });
          return true;
        },
        (attempted) => waitToDelete({ event, scope: scope ?? null, notify, attempted }),
      );
      if (gone) notifyDone(`“${event.title}” was deleted.`);
      return { kind: "saved", event };
    });
  };

  const answer = ({ event }: Loaded, response: Answer) =>
    run(async () => {
      const told = await sendOrWait(
        event,
        async () => {
          const params = { path: { id: event.id } };
          const { data } = await api.POST("/api/v1/events/{id}/rsvp", { params, body: { response, notify: "all" } });
          // No event: declined, and gone from the calendar with that.
          return { event: data ?? event, sent: !data || data.sync.state === "synced" };
        },
        (attempted) => waitToAnswer({ event, response, attempted }),
      );
      if (told?.sent) notifyDone("Your answer was sent.");
      else if (told) notifyDone("Your answer is kept. It is sent as soon as the provider answers.");
      return { kind: "saved", event: told?.event ?? event };
    });

  return { create, update, remove, answer, busy, failure, errors, setErrors };
}

export const loaded = (event: Event, lines: string[], zone: string): Loaded => ({
  event,
  lines,
  base: toForm(event, zone, lines),
});
