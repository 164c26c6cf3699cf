// A new booking: what, with whom, when, for whom. Decided by the service on fresh data; who was too late gets other times.
import { Button, Group, NumberInput, Select, Stack, Text, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useBlocker, useSearch } from "@tanstack/react-router";
import { CalendarPlus, Hourglass } from "lucide-react";
import { useRef, useState } from "react";
import { api } from "@/api/client";
import { type ApiError, toApiError } from "@/api/error";
import type { Booking, BookingIn, Service } from "@/api/types";
import { count, span } from "@/lib/count";
import { todayIn } from "@/lib/wall";
import { confirm } from "@/ui/confirm";
import { EmptyState } from "@/ui/EmptyState";
import { notifyDone } from "@/ui/notify";
import { type Guest, GuestPicker, nobody } from "./GuestPicker";
import { bookingsChanged, servicesQuery, useClientZone, usePolicy } from "./queries";
import { Refused } from "./Refused";
import { TimePicker, type Wish, wishFor } from "./TimePicker";
import { moment } from "./words";

export interface NewBookingProps {
  client: string;
  onDone: (booking: Booking) => void;
  onCancel: () => void;
}

const orNull = (text: string) => text.trim() || null;
const customerOf = (guest: Guest): Pick<BookingIn, "customer" | "customer_id"> =>
  guest.kind === "known"
    ? { customer_id: guest.id }
    : { customer: { name: guest.name.trim(), phone: orNull(guest.phone), email: orNull(guest.email) } };

/** Weeks between one date and the next; 0: once. */
const rhythms = [
  { value: "0", label: "Once" },
  { value: "1", label: "Every week" },
  { value: "2", label: "Every 2 weeks" },
  { value: "4", label: "Every 4 weeks" },
];

const bookable = (service: Service) => service.staff_ids.length > 0;

export function NewBooking({ client, onDone, onCancel }: NewBookingProps) {
  const queries = useQueryClient();
  const { date } = useSearch({ from: "/inside/bookings" });
  const zone = useClientZone(client);
  const policy = usePolicy(client);
  const { data: services } = useQuery(servicesQuery(client));
  const [chosen, setChosen] = useState<string | null>(null);
  const [variant, setVariant] = useState<string | null>(null);
  const [wished, setWish] = useState<Wish | null>(null);
  const [guest, setGuest] = useState<Guest>(nobody);
  const [notes, setNotes] = useState({ shared: "", private: "" });
  const [repeat, setRepeat] = useState({ weeks: "0", times: 6 });
  const [sending, setSending] = useState<"book" | "hold" | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  // Pressed again after a lost answer it is the same booking.
  const sent = useRef({ text: "", key: "" });
  const leaving = useRef(false);
  const comes = guest.kind === "new" ? guest.name + guest.phone + guest.email : (guest.id ?? "");
  const dirty = chosen !== null || Boolean(wished?.start) || comes + notes.shared + notes.private !== "";
  useBlocker({
    shouldBlockFn: async () => {
      if (leaving.current || !dirty) return false;
      return !(await confirm({
        title: "Leave without booking?",
        body: "What you entered for this booking is lost.",
        verb: "Discard it",
      }));
    },
    enableBeforeUnload: () => dirty && !leaving.current,
  });

  const offered = services?.filter(bookable) ?? [];
  const service = offered.find((one) => one.id === chosen) ?? (offered.length === 1 ? offered[0] : undefined);
  const today = todayIn(zone);
  const wish: Wish = wished ?? { staff: null, day: date && date > today ? date : today, zone, start: null };
  if (services && offered.length === 0) {
    return (
      <EmptyState
        icon={CalendarPlus}
        title="Nothing can be booked yet"
        body="Add a service, and say which staff members do it."
      >
        <Button renderRoot={(props) => <Link to="/services" {...props} />}>To the services</Button>
      </EmptyState>
    );
  }
  const wrong = Object.fromEntries(
    failure?.errors.map(({ pointer, detail }) => [pointer.replace("/customer/", ""), detail]) ?? [],
  );
  const named = guest.kind === "known" || guest.name.trim() !== "";
  const repeats = repeat.weeks !== "0";
  const book = async (hold: boolean) => {
    if (!service || !wish.start || sending) return;
    const body: BookingIn = {
      service_id: service.id,
      variant,
      staff_ids: wish.staff ? [wish.staff] : [],
      start: wish.start,
      ...customerOf(guest),
      hold,
      recurrence: repeats ? [`RRULE:FREQ=WEEKLY;INTERVAL=${repeat.weeks};COUNT=${repeat.times}`] : [],
      notes_shared: orNull(notes.shared),
      notes_private: orNull(notes.private),
    };
    const text = JSON.stringify(body);
    if (sent.current.text !== text) sent.current = { text, key: crypto.randomUUID() };
    setSending(hold ? "hold" : "book");
    setFailure(null);
    try {
      const { data } = await api.POST("/api/v1/bookings", {
        params: { header: { "Idempotency-Key": sent.current.key } },
        body,
      });
      await bookingsChanged(queries);
      if (!data) return;
      leaving.current = true;
      const others = data.others.length > 0 ? `, and ${count(data.others.length, "other date")}` : "";
      notifyDone(`${data.service_name} is ${hold ? "held" : "booked"}: ${moment(data, wish.zone)}${others}.`);
      onDone(data);
    } catch (error) {
      const refused = toApiError(error);
      setFailure(refused);
      if (refused.unavailable) setWish({ ...wish, start: null });
    } finally {
      setSending(null);
    }
  };
  return (
    <Stack>
      <Select
        label="Service"
        placeholder="What is booked"
        data-autofocus
        required
        searchable
        data={offered.map((one) => ({ value: one.id, label: one.name }))}
        value={service?.id ?? null}
        onChange={(id) => {
          setChosen(id);
          setVariant(null);
          setWish({ ...wish, staff: null, start: null });
        }}
      />
      {service && service.variants.length > 0 && (
        <Select
          label="Variant"
          placeholder="The usual one"
          clearable
          data={service.variants.map((one) => ({
            value: one.id,
            label: `${one.name}, ${span(one.duration_minutes * 60)}`,
          }))}
          value={variant}
          onChange={(key) => {
            setVariant(key);
            setWish({ ...wish, start: null });
          }}
        />
      )}
      {service && (
        <>
          <TimePicker service={service} variant={variant} wish={wish} onWish={setWish} />
          <Group align="flex-start">
            <Select
              label="Repeat"
              allowDeselect={false}
              data={rhythms}
              value={repeat.weeks}
              onChange={(weeks) => setRepeat({ ...repeat, weeks: weeks ?? "0" })}
            />
            {repeats && (
              <NumberInput
                label="How many times"
                description="All of them, or none"
                inputWrapperOrder={["label", "input", "description", "error"]}
                min={2}
                max={60}
                allowDecimal={false}
                clampBehavior="strict"
                value={repeat.times}
                onChange={(times) => setRepeat({ ...repeat, times: Number(times) || 2 })}
              />
            )}
          </Group>
          <GuestPicker client={client} guest={guest} onGuest={setGuest} wrong={wrong} />
          <Textarea
            label="Notes for everybody"
            description="Written into the event in the calendars"
            autosize
            minRows={2}
            value={notes.shared}
            onChange={(event) => setNotes({ ...notes, shared: event.currentTarget.value })}
          />
          <Textarea
            label="Private notes"
            description="Only your team sees them; they are in no calendar"
            autosize
            minRows={2}
            value={notes.private}
            onChange={(event) => setNotes({ ...notes, private: event.currentTarget.value })}
          />
          {failure && (
            <Refused
              error={failure}
              onChoose={(one) => {
                setWish(wishFor(wish, one.start));
                setFailure(null);
              }}
            />
          )}
          {policy && (
            <Text size="sm" c="dimmed">
              {policy.confirmation === "automatic"
                ? "A booking stands at once."
                : "A booking waits until somebody says yes."}{" "}
              A hold keeps the time for {count(policy.hold_minutes, "minute")} and can be confirmed until then.
            </Text>
          )}
          <Group justify="flex-end">
            <Button
              variant="default"
              onClick={() => {
                leaving.current = true;
                onCancel();
              }}
            >
              Cancel
            </Button>
            <Button
              variant="default"
              leftSection={<Hourglass size={16} aria-hidden />}
              disabled={!wish.start || !named || sending === "book"}
              loading={sending === "hold"}
              onClick={() => void book(true)}
            >
              Hold
            </Button>
            <Button
              disabled={!wish.start || !named || sending === "hold"}
              loading={sending === "book"}
              onClick={() => void book(false)}
            >
              {wish.start
                ? `Book ${moment({ start: wish.start, end: wish.start }, wish.zone).split(" – ")[0]}`
                : "Book"}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
