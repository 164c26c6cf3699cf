// Where an event is copied to. The copy is an event of its own, to which nobody is invited.
import { Alert, Button, Group, Modal, Radio, Select, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { calendarsQuery, useWritableCalendars } from "@/api/calendars";
import { api } from "@/api/client";
import type { Event } from "@/api/types";
import { useCalendarChoices } from "@/ui/CalendarSelect";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { useFocusBack } from "@/ui/useFocusBack";
import { scopeWords } from "./HowDialog";
import { eventsChanged } from "./queries";

export interface CopyDialogProps {
  event: Event;
  onClose: () => void;
}

export function CopyDialog({ event, onClose }: CopyDialogProps) {
  useFocusBack();
  const queries = useQueryClient();
  const calendars = useQuery(calendarsQuery(undefined));
  const [to, setTo] = useState<string | null>(null);
  const [whole, setWhole] = useState("this");
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  // Sent again after a lost answer it makes no second copy.
  const [key] = useState(() => crypto.randomUUID());
  const data = useCalendarChoices(useWritableCalendars(undefined));

  const copy = async (submitted: FormEvent) => {
    submitted.preventDefault();
    // A dialog in a form: what is sent here is not the event.
    submitted.stopPropagation();
    if (!to) return setMissing(true);
    setBusy(true);
    setFailure(null);
    const series = whole === "all" ? event.recurring_event_id : null;
    try {
      await api.POST("/api/v1/events/{id}/copy", {
        params: { path: { id: series ?? event.id }, header: { "Idempotency-Key": `${key}-${whole}-${to}` } },
        body: { calendar_id: to },
      });
      await eventsChanged(queries);
      const name = calendars.data?.data.find((one) => one.id === to)?.name;
      notifyDone(`“${event.title}” was copied to ${name}.`);
      onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title={`Copy “${event.title}”`} closeButtonProps={{ "aria-label": "Cancel" }}>
      <form onSubmit={(submitted) => void copy(submitted)} noValidate>
        <Stack>
          <Text size="sm">
            The copy is an event of its own: nobody is invited to it or gets mail, and later changes of one do not
            change the other.
          </Text>
          {calendars.data && data.length === 0 && (
            <Alert color="gray">There is no calendar that may be written. Connect an account first.</Alert>
          )}
          <Select
            label="To which calendar?"
            placeholder="Choose a calendar"
            required
            searchable
            openOnFocus={false}
            data-autofocus
            nothingFoundMessage="No calendar of that name"
            data={data}
            value={to}
            error={missing && !to && "Choose a calendar."}
            onChange={setTo}
          />
          {event.recurring_event_id && (
            <Radio.Group label="Which ones?" value={whole} onChange={setWhole}>
              <Stack gap="xs" mt="xs">
                <Radio value="this" label={scopeWords.this.label} />
                <Radio value="all" label={scopeWords.all.label} description="With what was changed about its dates." />
              </Stack>
            </Radio.Group>
          )}
          {(failure ?? calendars.error) !== null && <Failure error={failure ?? calendars.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Copy
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
