// What is asked before a booking is moved, given to somebody else, or cancelled.
import { Button, Checkbox, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiError } from "@/api/error";
import { dayOf, todayIn, wallOf } from "@/lib/wall";
import { notifyDone } from "@/ui/notify";
import { useFocusBack } from "@/ui/useFocusBack";
import { type Act, useAct } from "./actions";
import { servicesQuery, staffQuery, usePolicy, type Version } from "./queries";
import { Refused } from "./Refused";
import { TimePicker, type Wish, wishFor } from "./TimePicker";
import { moment, noticeWords, staffOf } from "./words";

export interface DialogProps {
  seen: Version;
  zone: string;
  onClose: () => void;
}

/** Who wishes it, and what the policy says about customers. */
function Wisher({
  words,
  value,
  onChange,
}: {
  words: string | null;
  value: boolean;
  onChange: (yes: boolean) => void;
}) {
  return (
    <Checkbox
      label="The customer asked for it"
      description={words}
      checked={value}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

/** The policy stands against what a customer wishes: a conflict that is not about the time. */
const tooLate = (failure: ApiError | null, byCustomer: boolean): boolean =>
  byCustomer && failure?.code === "conflict" && failure.unavailable === null;

export function CancelDialog({ seen, zone, onClose }: DialogProps) {
  const { booking } = seen;
  useFocusBack();
  const policy = usePolicy(booking.client_id);
  const [reason, setReason] = useState("");
  const [byCustomer, setByCustomer] = useState(false);
  const { run, doing, failure } = useAct(seen);
  const late = tooLate(failure, byCustomer);
  const send = async () => {
    const act: Act = { kind: "cancel", reason: reason.trim() || null, by_customer: byCustomer, override: late };
    if (!(await run(act, "Cancelled"))) return;
    notifyDone("The booking is cancelled.");
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title="Cancel this booking?">
      <Stack>
        <Text size="sm">
          {booking.service_name}, {moment(booking, zone)}, {staffOf(booking)}. Its events are deleted and the time is
          free at once.
        </Text>
        <Textarea
          label="Why"
          description="Your team sees it in the history"
          autosize
          minRows={2}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Wisher
          words={policy ? noticeWords("cancel", booking, policy, zone) : null}
          value={byCustomer}
          onChange={setByCustomer}
        />
        {failure && <Refused error={failure} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button color="red" loading={doing === "cancel"} onClick={() => void send()}>
            {late ? "Cancel it all the same" : "Cancel the booking"}
          </Button>
        </Group>
        {late && (
          <Text size="sm" c="dimmed">
            The history will say that you allowed it later than customers may.
          </Text>
        )}
      </Stack>
    </Modal>
  );
}

export function ReassignDialog({ seen, zone, onClose }: DialogProps) {
  const { booking } = seen;
  useFocusBack();
  const { data: staff } = useQuery(staffQuery(booking.client_id));
  const { data: services } = useQuery(servicesQuery(booking.client_id));
  const [chosen, setChosen] = useState(booking.staff.map((one) => one.id));
  const { run, doing, failure } = useAct(seen);
  const doers = services?.find((one) => one.id === booking.service_id)?.staff_ids ?? [];
  const active = staff?.filter((one) => doers.includes(one.id) || chosen.includes(one.id)) ?? [];
  // Whoever is archived has the booking until somebody else does.
  const former = booking.staff.filter((one) => staff?.every((other) => other.id !== one.id));
  const people = [...active, ...former];
  /** At its own time, or at another one that they have free. */
  const send = async (start?: string) => {
    const act: Act = start
      ? { kind: "reschedule", start, staff_ids: chosen, by_customer: false, override: false }
      : { kind: "reassign", staff_ids: chosen };
    if (!(await run(act, "Given to somebody else"))) return;
    notifyDone("The booking has other people now.");
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title="Who does it?">
      <Stack>
        <Text size="sm">
          {booking.service_name}, {moment(booking, zone)}. Its event leaves the calendars of those who did it and comes
          into the calendars of those who do.
        </Text>
        <Checkbox.Group label="Staff" value={chosen} onChange={setChosen}>
          <Stack gap="xs" mt={4}>
            {people.map((one) => (
              <Checkbox key={one.id} value={one.id} label={one.name} />
            ))}
          </Stack>
        </Checkbox.Group>
        {failure && <Refused error={failure} onChoose={(other) => void send(other.start)} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button disabled={chosen.length === 0} loading={doing !== null} onClick={() => void send()}>
            Give it to them
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function RescheduleDialog({ seen, zone, onClose }: DialogProps) {
  const { booking } = seen;
  useFocusBack();
  const policy = usePolicy(booking.client_id);
  const { data: services } = useQuery(servicesQuery(booking.client_id));
  const service = services?.find((one) => one.id === booking.service_id);
  const people = booking.staff.map((one) => one.id);
  const day = dayOf(wallOf(booking.start, zone));
  const today = todayIn(zone);
  const [wish, setWish] = useState<Wish>({
    staff: people.length === 1 ? (people[0] ?? null) : null,
    day: day > today ? day : today,
    zone,
    start: null,
  });
  const [byCustomer, setByCustomer] = useState(false);
  const { run, doing, failure, forget } = useAct(seen);
  const late = tooLate(failure, byCustomer);
  const send = async () => {
    if (!wish.start) return;
    const act: Act = {
      kind: "reschedule",
      start: wish.start,
      staff_ids: wish.staff ? [wish.staff] : people,
      by_customer: byCustomer,
      override: late,
    };
    if (!(await run(act, "Moved"))) return;
    notifyDone("The booking is moved.");
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title="Move this booking" size="lg">
      <Stack>
        <Text size="sm">
          {booking.service_name} is on {moment(booking, zone)} with {staffOf(booking)}.
        </Text>
        {service ? (
          <TimePicker
            service={service}
            variant={booking.variant}
            wish={wish}
            moving={booking}
            onWish={(next) => {
              setWish(next);
              forget();
            }}
          />
        ) : (
          services && <Text size="sm">Its service is archived: it can only be done at its time, or cancelled.</Text>
        )}
        <Wisher
          words={policy ? noticeWords("move", booking, policy, zone) : null}
          value={byCustomer}
          onChange={setByCustomer}
        />
        {failure && (
          <Refused
            error={failure}
            onChoose={(one) => {
              setWish(wishFor(wish, one.start));
              forget();
            }}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button disabled={!wish.start} loading={doing === "reschedule"} onClick={() => void send()}>
            {late ? "Move it all the same" : "Move the booking"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
