// The day of everybody side by side: columns are people, rows are hours.
import { Button, Group, Modal, Select, Skeleton, Stack, TextInput } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, Users } from "lucide-react";
import { useMemo } from "react";
import { useClientZones } from "@/api/names";
import type { Booking } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { addDays, isDay, todayIn } from "@/lib/wall";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { useNarrow } from "@/ui/useNarrow";
import { ZoneSelect } from "@/ui/ZoneSelect";
import { BoardGrid, type Column } from "./BoardGrid";
import { cardsOf, closedSpans, openSpans, shownHours } from "./board";
import { closuresQuery, dayRange, hoursQuery, staffQuery, takenQuery, useGo, useZone } from "./queries";
import { Refused } from "./Refused";
import { useMove } from "./useMove";

interface Person {
  id: string;
  name: string;
  client_id: string;
}

/** Everybody who can be booked, and those who cannot any more but have something to do on the day. */
function everybody(staff: readonly Person[], bookings: readonly Booking[]): Person[] {
  const all = new Map(staff.map((one) => [one.id, one]));
  for (const booking of bookings) {
    for (const one of booking.staff) if (!all.has(one.id)) all.set(one.id, { ...one, client_id: booking.client_id });
  }
  return [...all.values()];
}

export function DayBoard() {
  const search = useSearch({ from: "/inside/bookings" });
  const client = useClientScope();
  const zone = useZone();
  const go = useGo();
  const narrow = useNarrow();
  const { move, refusal, forget } = useMove(zone);
  const today = todayIn(zone);
  const day = search.date ?? today;
  const staff = useQuery(staffQuery(client));
  const taken = useQuery(takenQuery(client, dayRange(day, zone)));
  const closures = useQuery(closuresQuery(client));
  const zones = useClientZones();
  const people = useMemo(() => everybody(staff.data ?? [], taken.data ?? []), [staff.data, taken.data]);
  const one = people.find((person) => person.id === search.staff) ?? (narrow ? people[0] : undefined);
  const shown = one ? [one] : people;
  const hours = useQueries({ queries: shown.map((person) => hoursQuery(person.id)) });
  const columns = shown.map((person, index): Column => {
    const worked = hours[index]?.data;
    const theirs = closures.data?.filter((closure) => closure.client_id === person.client_id) ?? [];
    return {
      ...person,
      open: worked ? openSpans(worked, day, zone) : [],
      closed: closedSpans(theirs, day, zone, zones?.get(person.client_id) ?? zone),
      cards: cardsOf(taken.data ?? [], person.id, day, zone),
    };
  });
  const failed = staff.error ?? taken.error;
  const again = () => void Promise.all([staff.refetch(), taken.refetch()]);
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end">
        <Button variant="default" px="xs" aria-label="The day before" onClick={() => go({ date: addDays(day, -1) })}>
          <ChevronLeft size={16} aria-hidden />
        </Button>
        <TextInput
          type="date"
          label="Day"
          value={day}
          onChange={({ currentTarget: { value } }) => isDay(value) && go({ date: value })}
        />
        <Button variant="default" px="xs" aria-label="The day after" onClick={() => go({ date: addDays(day, 1) })}>
          <ChevronRight size={16} aria-hidden />
        </Button>
        <Button variant="default" disabled={day === today} onClick={() => go({ date: undefined })}>
          Today
        </Button>
        <Select
          label="Staff"
          placeholder="Everybody"
          clearable={!narrow}
          searchable
          data={people.map((person) => ({ value: person.id, label: person.name }))}
          value={one?.id ?? null}
          onChange={(id) => go({ staff: id ?? undefined })}
          style={{ flex: "1 1 10rem" }}
        />
        <ZoneSelect
          label="Times in"
          day={day}
          allowDeselect={false}
          value={zone}
          onChange={(value) => go({ zone: value ?? undefined })}
          style={{ flex: "1 1 12rem" }}
        />
      </Group>
      {failed && !(staff.data && taken.data) ? (
        <Failure error={failed} onRetry={again} />
      ) : !staff.data || !taken.data ? (
        <Skeleton h={480} aria-busy aria-label="Loading the day" />
      ) : people.length === 0 ? (
        <EmptyState icon={Users} title="Nobody yet" body="The board has a column for everybody who can be booked." />
      ) : (
        <BoardGrid
          columns={columns}
          day={day}
          zone={zone}
          shown={shownHours(columns.flatMap(({ open, cards }) => [...open, ...cards]))}
          stale={taken.isPlaceholderData}
          onOpen={(booking) => go({ booking: booking.id })}
          onMove={(booking, from, to, start) => {
            const person = people.find((candidate) => candidate.id === to);
            // Who does it together with others already does not do it twice.
            if (!person || (to !== from && booking.staff.some((was) => was.id === to))) return;
            const next = booking.staff.map((was) => (was.id === from ? { id: person.id, name: person.name } : was));
            void move(booking, { start, staff: next });
          }}
        />
      )}
      {refusal && (
        <Modal opened onClose={forget} title={`${refusal.booking.service_name} stays where it was`}>
          <Refused
            error={refusal.error}
            onChoose={(other) => void move(refusal.booking, { ...refusal.to, start: other.start })}
          />
        </Modal>
      )}
    </Stack>
  );
}
