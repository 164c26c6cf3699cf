// Bookings as a list: by start, filtered by the service.
import { Button, Card, Checkbox, Group, Select, Skeleton, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { CalendarCheck, Search } from "lucide-react";
import { useEffect, useState } from "react";
import { $api } from "@/api/client";
import { useClientNames } from "@/api/names";
import type { Booking } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { count } from "@/lib/count";
import { todayIn } from "@/lib/wall";
import { announce } from "@/ui/announce";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { byPages, More } from "@/ui/More";
import { CopyBadge, FlagBadge, StatusBadge } from "./Badges";
import classes from "./Bookings.module.css";
import { dayRange, staffQuery, useGo, useZone } from "./queries";
import { ANY, statuses } from "./search";
import { dayOfInstant, staffOf, statusLooks, times } from "./words";

export function BookingList() {
  const search = useSearch({ from: "/inside/bookings" });
  const client_id = useClientScope();
  const zone = useZone();
  const go = useGo();
  const [typed, setTyped] = useState(search.q ?? "");
  const find = useDebouncedCallback((q: string) => go({ q: q.trim() || undefined }), 250);
  const { data: staff } = useQuery(staffQuery(client_id));
  const from = search.from === ANY ? undefined : (search.from ?? todayIn(zone));
  const query = {
    client_id,
    staff_id: search.staff,
    status: search.status && [search.status],
    flagged: search.flagged,
    q: search.q,
    from: from && dayRange(from, zone).from,
    to: search.to && dayRange(search.to, zone).to,
    limit: 50,
  };
  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/bookings",
    { params: { query } },
    { ...byPages, placeholderData: keepPreviousData },
  );
  const names = useClientNames(client_id === undefined);
  const bookings = list.data?.pages.flatMap((page) => page.data);
  const found = list.isPlaceholderData ? undefined : bookings?.length;
  useEffect(() => {
    if (found !== undefined) announce(`${count(found, "booking")} found`);
  }, [found]);
  const filtered = Boolean(search.q || search.staff || search.status || search.flagged || search.to);
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end" role="search">
        <TextInput
          type="search"
          label="Search"
          placeholder="Customer or service"
          leftSection={<Search size={16} aria-hidden />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            find(event.currentTarget.value);
          }}
          style={{ flex: "2 1 12rem" }}
        />
        <TextInput
          type="date"
          label="From"
          value={from ?? ""}
          onChange={(event) => go({ from: event.currentTarget.value || ANY })}
          style={{ flex: "1 1 9rem" }}
        />
        <TextInput
          type="date"
          label="To"
          value={search.to ?? ""}
          min={from}
          onChange={(event) => go({ to: event.currentTarget.value || undefined })}
          style={{ flex: "1 1 9rem" }}
        />
        <Select
          label="Staff"
          placeholder="Everybody"
          clearable
          searchable
          data={staff?.map((one) => ({ value: one.id, label: one.name })) ?? []}
          value={search.staff ?? null}
          onChange={(id) => go({ staff: id ?? undefined })}
          style={{ flex: "1 1 9rem" }}
        />
        <Select
          label="Status"
          placeholder="All"
          clearable
          data={statuses.map((value) => ({ value, label: statusLooks[value].label }))}
          value={search.status ?? null}
          onChange={(value) => go({ status: statuses.find((one) => one === value) })}
          style={{ flex: "1 1 9rem" }}
        />
        <Checkbox
          label="To be looked at"
          py={8}
          checked={search.flagged ?? false}
          onChange={(event) => go({ flagged: event.currentTarget.checked || undefined })}
        />
      </Group>
      {list.error && !bookings ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !bookings ? (
        <Skeleton h={240} aria-busy aria-label="Loading bookings" />
      ) : bookings.length === 0 ? (
        <EmptyState
          icon={CalendarCheck}
          title={filtered ? "Nothing matches" : "No booking from this day on"}
          body={filtered ? "Try other words, other days, everybody." : "Make one, or look at past ones too."}
        >
          {filtered ? (
            <Button
              variant="default"
              onClick={() => {
                setTyped("");
                go({ q: undefined, staff: undefined, status: undefined, flagged: undefined, to: undefined });
              }}
            >
              Clear the filters
            </Button>
          ) : (
            from && (
              <Button variant="default" onClick={() => go({ from: ANY })}>
                Show past bookings
              </Button>
            )
          )}
        </EmptyState>
      ) : (
        <Card padding={0} component="ul" m={0} style={{ listStyle: "none", opacity: list.isPlaceholderData ? 0.6 : 1 }}>
          {bookings.map((one) => (
            <Row
              key={one.id}
              booking={one}
              zone={zone}
              client={names.data?.get(one.client_id)}
              onOpen={() => go({ booking: one.id })}
            />
          ))}
        </Card>
      )}
      <More list={list} />
    </Stack>
  );
}

interface RowProps {
  booking: Booking;
  zone: string;
  client: string | undefined;
  onOpen: () => void;
}

function Row({ booking, zone, client, onOpen }: RowProps) {
  const gone = booking.status === "cancelled" || booking.status === "expired";
  return (
    <li className={classes.row}>
      <UnstyledButton onClick={onOpen} className={classes.open}>
        <span className={classes.when}>
          <Text span size="sm" fw={600} td={gone ? "line-through" : undefined}>
            {times(booking, zone)}
          </Text>
          <Text span size="xs" c="dimmed">
            {dayOfInstant(booking.start, zone)}
          </Text>
        </span>
        <span className={classes.what}>
          <Text span size="sm" fw={600}>
            {booking.service_name}
            {booking.customer && ` · ${booking.customer.name}`}
          </Text>
          <Text span size="xs" c="dimmed">
            {[staffOf(booking), client].filter(Boolean).join(" · ")}
          </Text>
        </span>
        <span className={classes.badges}>
          <StatusBadge status={booking.status} />
          {booking.sync.state !== "none" && <CopyBadge state={booking.sync.state} />}
          {booking.flagged && <FlagBadge />}
        </span>
      </UnstyledButton>
    </li>
  );
}
