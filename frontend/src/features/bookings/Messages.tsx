// What customers and the business were told of a booking, or will be.
import { Group, Skeleton, Stack, Text } from "@mantine/core";
import { Check, CircleSlash, Hourglass, MailX, OctagonAlert } from "lucide-react";
import { $api } from "@/api/client";
import type { Booking, BookingMessage } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { dateTime } from "@/lib/time";
import { Failure } from "@/ui/Failure";
import { StateBadge } from "@/ui/status";
import { messageWords } from "./words";

const looks = {
  waiting: { label: "Waits", color: "blue", icon: Hourglass },
  sent: { label: "Sent", color: "teal", icon: Check },
  failed: { label: "Failed", color: "red", icon: OctagonAlert },
  dropped: { label: "Not needed any more", color: "gray", icon: CircleSlash },
  not_sent: { label: "Not sent", color: "orange", icon: MailX },
} satisfies Record<BookingMessage["state"], object>;

export function Messages({ booking, zone }: { booking: Booking; zone: string }) {
  const { id } = booking;
  const list = $api.useQuery("get", "/api/v1/bookings/{id}/messages", {
    params: { path: { id }, query: { limit: 100 } },
  });
  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Skeleton h={40} aria-busy aria-label="Loading the messages" />;
  if (list.data.data.length === 0)
    return <Text size="sm">Nobody is told: there is no address, or the policy says so.</Text>;
  return (
    <Stack gap={6} component="ul" p={0} m={0} style={{ listStyle: "none" }}>
      {list.data.data.map((one) => (
        <li key={one.id}>
          <Group gap="xs">
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {messageWords(one)} to {one.recipient}
            </Text>
            <StateBadge look={looks[one.state]} size="sm" />
          </Group>
          <Text size="xs" c="dimmed">
            {one.sent_at ? dateTime(one.sent_at, zone) : one.state === "waiting" && `Due ${dateTime(one.due_at, zone)}`}
            {one.detail && ` ${sentence(one.detail)}`}
          </Text>
        </li>
      ))}
    </Stack>
  );
}
