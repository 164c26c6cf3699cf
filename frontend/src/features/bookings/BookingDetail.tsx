// A booking: what was booked, for whom, what it says, where it stands, what it was decided by, what was done to it.
import { Alert, Anchor, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarClock, CalendarX, Check, CircleCheck, Flag, Users, UserX } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useCalendarNames } from "@/api/calendars";
import { $api } from "@/api/client";
import { toApiError } from "@/api/error";
import { useMay } from "@/api/session";
import { dateTime } from "@/lib/time";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { RelativeTime } from "@/ui/RelativeTime";
import { useAct } from "./actions";
import { CopyBadge, FlagBadge, StatusBadge } from "./Badges";
import { CancelDialog, ReassignDialog, RescheduleDialog } from "./dialogs";
import { GuestDialog } from "./GuestDialog";
import { History } from "./History";
import { Messages } from "./Messages";
import { Notes } from "./Notes";
import { bookingQuery, type Version } from "./queries";
import { Refused } from "./Refused";
import { asksWhichIsRight, isOpen, moment, receiptWords, staffOf } from "./words";

export function BookingDetail({ id, zone }: { id: string; zone: string }) {
  const query = useQuery(bookingQuery(id));
  if (query.error && !query.data) {
    return toApiError(query.error).status === 404 ? (
      <EmptyState icon={CalendarX} title="No such booking" body="The address is mistyped." />
    ) : (
      <Failure error={query.error} onRetry={() => void query.refetch()} />
    );
  }
  if (!query.data) return <Skeleton h={320} aria-busy aria-label="Loading the booking" />;
  return <Shown seen={query.data} zone={zone} />;
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section>
    <Title order={3} mb={4}>
      {title}
    </Title>
    {children}
  </section>
);

const dialogs = { move: RescheduleDialog, people: ReassignDialog, cancel: CancelDialog, guest: GuestDialog };

function Shown({ seen, zone }: { seen: Version; zone: string }) {
  const { booking } = seen;
  const mayWrite = useMay("bookings:write");
  const [asking, setAsking] = useState<keyof typeof dialogs | null>(null);
  const { run, doing, failure } = useAct(seen);
  const calendar = useCalendarNames();
  const history = $api.useQuery("get", "/api/v1/bookings/{id}/history", {
    params: { path: { id: booking.id }, query: { limit: 200 } },
  });
  const deeds = history.data?.data ?? [];
  const begun = Date.parse(booking.start) <= Date.now();
  const open = isOpen(booking);
  const waits = booking.status === "held" || booking.status === "pending" || booking.status === "expired";
  const Dialog = asking && dialogs[asking];
  return (
    <Stack gap="lg">
      <div>
        <Title order={2}>{booking.service_name}</Title>
        <Text>{moment(booking, zone)}</Text>
        <Text size="sm" c="dimmed">
          Times in {zone.replaceAll("_", " ")}
        </Text>
        <Group gap="xs" mt="xs">
          <StatusBadge status={booking.status} />
          {booking.sync.state !== "none" && <CopyBadge state={booking.sync.state} />}
          {booking.flagged && <FlagBadge />}
        </Group>
        {booking.status === "held" && booking.expires_at && (
          <Text size="sm" mt={4}>
            Kept until {dateTime(booking.expires_at, zone)}.
          </Text>
        )}
      </div>

      {failure && <Refused error={failure} />}
      {booking.flagged && open && mayWrite && asksWhichIsRight(deeds) && (
        <Alert color="orange" icon={<Flag aria-hidden />} title="Its event says something else">
          <Text size="sm">Somebody changed it at the provider. Which of both is right?</Text>
          <Group gap="xs" mt="xs">
            <Button
              size="compact-md"
              variant="default"
              loading={doing === "settle"}
              onClick={() => void run({ kind: "settle", keep: "booking" }, "The event is put back")}
            >
              The booking: put the event back
            </Button>
            <Button
              size="compact-md"
              variant="default"
              loading={doing === "settle"}
              onClick={() => void run({ kind: "settle", keep: "event" }, "The booking follows its event")}
            >
              The event: let the booking follow
            </Button>
          </Group>
        </Alert>
      )}

      {mayWrite && (
        <Group gap="xs">
          {waits && (
            <Button
              leftSection={<Check size={16} aria-hidden />}
              loading={doing === "confirm"}
              onClick={() => void run({ kind: "confirm" }, "Confirmed")}
            >
              Confirm
            </Button>
          )}
          {open && (
            <>
              <Button
                variant="default"
                leftSection={<CalendarClock size={16} aria-hidden />}
                onClick={() => setAsking("move")}
              >
                Move…
              </Button>
              <Button
                variant="default"
                leftSection={<Users size={16} aria-hidden />}
                onClick={() => setAsking("people")}
              >
                Give to…
              </Button>
            </>
          )}
          {begun &&
            (booking.status === "confirmed" || booking.status === "pending" || booking.status === "no_show") && (
              <Button
                variant="default"
                leftSection={<CircleCheck size={16} aria-hidden />}
                loading={doing === "complete"}
                onClick={() => void run({ kind: "complete" }, "Completed")}
              >
                Completed
              </Button>
            )}
          {begun &&
            (booking.status === "confirmed" || booking.status === "pending" || booking.status === "completed") && (
              <Button
                variant="default"
                leftSection={<UserX size={16} aria-hidden />}
                loading={doing === "no-show"}
                onClick={() => void run({ kind: "no-show" }, "Nobody came")}
              >
                Nobody came
              </Button>
            )}
          {open && (
            <Button
              variant="default"
              leftSection={<CalendarX size={16} aria-hidden />}
              onClick={() => setAsking("cancel")}
            >
              Cancel…
            </Button>
          )}
        </Group>
      )}

      <Part title="Who">
        <Text size="sm">With {staffOf(booking)}.</Text>
        {booking.customer ? (
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            For {[booking.customer.name, booking.customer.phone, booking.customer.email].filter(Boolean).join(" · ")}
          </Text>
        ) : (
          <Text size="sm">Nobody is named as the customer.</Text>
        )}
        {mayWrite && (
          <Button size="compact-sm" variant="subtle" px={0} onClick={() => setAsking("guest")}>
            {booking.customer ? "Somebody else comes…" : "Say who comes…"}
          </Button>
        )}
        {booking.price_text && <Text size="sm">{booking.price_text}</Text>}
        {booking.cancelled_at && (
          <Text size="sm">
            Cancelled <RelativeTime at={booking.cancelled_at} />
            {booking.cancel_reason ? `: ${booking.cancel_reason}` : "."}
          </Text>
        )}
      </Part>

      <Part title="Notes">
        <Notes seen={seen} mayWrite={mayWrite} />
      </Part>

      <Part title="In the calendars">
        {booking.sync.copies.length === 0 ? (
          <Text size="sm">
            {open && booking.status !== "held"
              ? "None of its people has a calendar that gets bookings."
              : "It is in no calendar now."}
          </Text>
        ) : (
          <Stack gap={6} component="ul" p={0} m={0} style={{ listStyle: "none" }}>
            {booking.sync.copies.map((copy) => (
              <Group component="li" key={copy.event_id} gap="xs">
                <Anchor
                  size="sm"
                  renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId: copy.event_id }} {...props} />}
                >
                  {calendar(copy.calendar_id)}
                </Anchor>
                <CopyBadge state={copy.state} />
              </Group>
            ))}
          </Stack>
        )}
      </Part>

      <Part title="What it was decided by">
        {receiptWords(booking.receipt, calendar).map((one) => (
          <Text key={one} size="sm">
            {one}
          </Text>
        ))}
      </Part>

      <Part title="Messages">
        <Messages booking={booking} zone={zone} />
      </Part>

      <Part title="History">
        {history.error ? (
          <Failure error={history.error} onRetry={() => void history.refetch()} />
        ) : !history.data ? (
          <Skeleton h={60} aria-busy aria-label="Loading the history" />
        ) : (
          <History
            deeds={deeds}
            undoing={doing === "undo"}
            onUndo={mayWrite ? () => void run({ kind: "undo" }, "Taken back") : undefined}
          />
        )}
      </Part>
      {Dialog && <Dialog seen={seen} zone={zone} onClose={() => setAsking(null)} />}
    </Stack>
  );
}
