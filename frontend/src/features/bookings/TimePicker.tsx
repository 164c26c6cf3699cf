// With whom, on which day, at what time: every start that the service can be booked at, as a button.
import { Button, Group, Input, Select, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useId } from "react";
import { $api } from "@/api/client";
import type { Booking, FreeSlots, Service, Staff } from "@/api/types";
import { addDays, dayOf, instantOf, isDay, showDay, timeOf, todayIn, wallAt, wallOf } from "@/lib/wall";
import { Failure } from "@/ui/Failure";
import { ZoneSelect } from "@/ui/ZoneSelect";
import { AsOf } from "./AsOf";
import { dayRange, staffQuery } from "./queries";
import { WhyNot } from "./WhyNot";

export interface Wish {
  /** `null`: anyone who does it. */
  staff: string | null;
  day: string;
  zone: string;
  /** The chosen instant. */
  start: string | null;
}

export interface TimePickerProps {
  service: Service;
  variant: string | null;
  wish: Wish;
  onWish: (wish: Wish) => void;
  /** A booking that is to be moved: it is not in its own way, and several people move together. */
  moving?: Pick<Booking, "id" | "staff">;
}

/** The wish for an instant, on the day where that lies. */
export const wishFor = (wish: Wish, start: string): Wish => ({ ...wish, start, day: dayOf(wallOf(start, wish.zone)) });

const ANYONE = "anyone";

export function TimePicker({ service, variant, wish, onWish, moving }: TimePickerProps) {
  const { data: everybody } = useQuery(staffQuery(service.client_id));
  const doers = service.staff_ids
    .map((id) => everybody?.find((one) => one.id === id))
    .filter((one): one is Staff => one !== undefined);
  const together = service.assignment === "all_together";
  const several = moving && moving.staff.length > 1 ? moving.staff : undefined;
  const anyone = moving ? [] : [{ value: ANYONE, label: "Anyone who does it" }];
  const change = (part: Partial<Wish>) => onWish({ ...wish, start: null, ...part });
  const choose = (start: string) => onWish(wishFor(wish, start));
  return (
    <Stack gap="sm">
      {together && <Text size="sm">Done together by {doers.map((one) => one.name).join(", ")}.</Text>}
      {!together && several && (
        <Text size="sm">With {several.map((one) => one.name).join(" and ")}: times that all of them have free.</Text>
      )}
      {!together && !several && (
        <Select
          label="With"
          allowDeselect={false}
          data={[...anyone, ...doers.map((one) => ({ value: one.id, label: one.name }))]}
          value={wish.staff ?? ANYONE}
          onChange={(id) => change({ staff: id === ANYONE ? null : id })}
        />
      )}
      <Group align="flex-end" gap="xs">
        <Button
          variant="default"
          px="xs"
          aria-label="The day before"
          disabled={wish.day <= todayIn(wish.zone)}
          onClick={() => change({ day: addDays(wish.day, -1) })}
        >
          <ChevronLeft size={16} aria-hidden />
        </Button>
        <TextInput
          type="date"
          label="Day"
          value={wish.day}
          min={todayIn(wish.zone)}
          onChange={({ currentTarget: { value } }) => isDay(value) && change({ day: value })}
          style={{ flex: "1 1 9rem" }}
        />
        <Button
          variant="default"
          px="xs"
          aria-label="The day after"
          onClick={() => change({ day: addDays(wish.day, 1) })}
        >
          <ChevronRight size={16} aria-hidden />
        </Button>
        <ZoneSelect
          label="Times in"
          day={wish.day}
          allowDeselect={false}
          value={wish.zone}
          onChange={(zone) => zone && change({ zone })}
          style={{ flex: "2 1 12rem" }}
        />
      </Group>
      <Slots
        service={service}
        variant={variant}
        wish={wish}
        moving={moving?.id}
        people={several?.map((one) => one.id) ?? []}
        onChoose={choose}
        onDay={(day) => change({ day })}
      />
      <WhyNot
        key={`${wish.day} ${wish.zone} ${wish.staff} ${variant}`}
        service={service.id}
        variant={variant ?? undefined}
        staff={wish.staff ?? undefined}
        day={wish.day}
        zone={wish.zone}
        moving={moving?.id}
        onChoose={choose}
      />
    </Stack>
  );
}

interface SlotsProps {
  service: Service;
  variant: string | null;
  wish: Wish;
  moving: string | undefined;
  /** Who must all be free. */
  people: readonly string[];
  onChoose: (start: string) => void;
  onDay: (day: string) => void;
}

function Slots({ service, variant, wish, moving, people, onChoose, onDay }: SlotsProps) {
  const label = useId();
  const { from, to } = dayRange(wish.day, wish.zone);
  const asked = {
    service_id: service.id,
    variant: variant ?? undefined,
    staff_id: wish.staff ?? undefined,
    moving,
    time_zone: wish.zone,
  };
  const slots = $api.useQuery(
    "get",
    "/api/v1/availability/slots",
    { params: { query: { ...asked, from, to } } },
    { placeholderData: keepPreviousData, staleTime: 10_000 },
  );
  const fits = (slot: FreeSlots["data"][number]) => people.every((id) => slot.staff_ids.includes(id));
  const offered = slots.data?.data.filter(fits) ?? [];
  const none = slots.data !== undefined && offered.length === 0 && !slots.isPlaceholderData;
  const later = $api.useQuery(
    "get",
    "/api/v1/availability/slots",
    {
      params: {
        query: {
          ...asked,
          from: to,
          to: instantOf(wallAt(addDays(wish.day, 61), "00:00"), wish.zone),
          limit: people.length > 0 ? 500 : 1,
        },
      },
    },
    { enabled: none, staleTime: 10_000 },
  );
  const next = later.data?.data.find(fits);
  if (slots.error) return <Failure error={slots.error} onRetry={() => void slots.refetch()} />;
  if (!slots.data) return <Skeleton h={84} aria-busy aria-label="Looking for free times" />;
  // A time that was asked for need not be one of those that are offered.
  const other = wish.start !== null && !slots.isPlaceholderData && !offered.some((one) => same(one.start, wish.start));
  return (
    <Stack gap={6} style={{ opacity: slots.isPlaceholderData ? 0.5 : 1 }}>
      <Input.Label component="div" id={label}>
        Free on {showDay(wish.day)}
      </Input.Label>
      {none && (
        <Group gap="xs">
          <Text size="sm">Nothing is free on this day.</Text>
          {next && (
            <Button size="compact-md" variant="light" onClick={() => onDay(dayOf(next.local))}>
              Next: {showDay(dayOf(next.local))}, {timeOf(next.local)}
            </Button>
          )}
          {later.data && !next && <Text size="sm">Nor on the 60 days after.</Text>}
        </Group>
      )}
      <Group gap={6} role="group" aria-labelledby={label}>
        {offered.map((slot) => {
          const chosen = same(slot.start, wish.start);
          return (
            <Button
              key={slot.start}
              size="compact-md"
              variant={chosen ? "filled" : "default"}
              aria-pressed={chosen}
              onClick={() => onChoose(slot.start)}
            >
              {timeOf(slot.local)}
              {service.capacity > 1 && ` · ${slot.seats} left`}
              {slot.flagged && " · not sure"}
            </Button>
          );
        })}
        {other && wish.start && (
          <Button size="compact-md" aria-pressed onClick={() => onChoose(wish.start ?? "")}>
            {timeOf(wallOf(wish.start, wish.zone))}
          </Button>
        )}
      </Group>
      <AsOf answer={slots.data} />
    </Stack>
  );
}

const same = (one: string, other: string | null): boolean => other !== null && Date.parse(one) === Date.parse(other);
