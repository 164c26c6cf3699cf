// What waits in this browser: every change with its age, and what can be done about it.
import { Alert, Badge, Box, Button, Card, Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CheckCheck, CloudOff, Hourglass, type LucideIcon, OctagonAlert, Pencil, Send, Trash2 } from "lucide-react";
import { useConnection } from "@/api/connection";
import { discard, insist, useWaiting } from "@/api/offline/queue";
import type { Waiting } from "@/api/offline/rules";
import type { EventTimeIn } from "@/api/types";
import { fieldWords } from "@/lib/field-words";
import { showDay, showTime } from "@/lib/wall";
import { confirm } from "@/ui/confirm";
import { EmptyState } from "@/ui/EmptyState";
import { RequestId } from "@/ui/Failure";
import { notifyFailure } from "@/ui/notify";
import { PageHeader } from "@/ui/PageHeader";
import { RelativeTime } from "@/ui/RelativeTime";
import { sayEntry } from "./words";

export function WaitingPage() {
  const entries = useWaiting().filter((one) => one.state !== "done");
  const { reachable } = useConnection();
  return (
    <Stack maw={860}>
      <PageHeader
        title="Waiting changes"
        description="Changes made while the service could not be reached. They are kept in this browser, also when it is closed, and sent in this order as soon as the service answers."
        help="offline"
      />
      {entries.length === 0 ? (
        <Card>
          <EmptyState icon={CheckCheck} title="Nothing waits" body="Everything you did has reached the service.">
            <Button variant="default" renderRoot={(props) => <Link to="/calendar" {...props} />}>
              To the calendar
            </Button>
          </EmptyState>
        </Card>
      ) : (
        <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="Waiting changes">
          {entries.map((entry) => (
            <Card component="li" key={entry.id}>
              <Entry entry={entry} reachable={reachable} />
            </Card>
          ))}
        </Stack>
      )}
    </Stack>
  );
}

const states: Record<"waiting" | "sending" | "stopped", { label: string; color: string; icon: LucideIcon }> = {
  waiting: { label: "Waits", color: "blue", icon: Hourglass },
  sending: { label: "Is being sent", color: "teal", icon: Send },
  stopped: { label: "Needs you", color: "red", icon: OctagonAlert },
};

function Entry({ entry, reachable }: { entry: Waiting; reachable: boolean }) {
  // A page that died while it sent left the word behind; what counts is whether somebody can be sending.
  const state = entry.state === "stopped" ? "stopped" : entry.state === "sending" && reachable ? "sending" : "waiting";
  const { label, color, icon: Icon } = states[state];
  const title = entry.title || "(no title)";
  const times = entry.body ?? (entry.patch.start && entry.patch.end ? entry.patch : null) ?? entry.base;
  const busy = state === "sending";
  const edit = entry.stop ? "Open and edit" : "Edit";
  const over = entry.kind === "delete" ? "Delete anyway" : "Overwrite theirs";
  const again = entry.stop?.current ? over : "Send again";
  const drop = async () => {
    const yes = await confirm({
      title: `Discard the change of “${title}”?`,
      body:
        entry.attempted && state !== "stopped"
          ? "It was sent once and no answer came: it may have arrived. It will not be sent again."
          : entry.kind === "create"
            ? "The event was never made anywhere else: it is lost."
            : "The event stays as the service has it.",
      verb: "Discard",
    });
    if (yes) await discard(entry.id).catch(notifyFailure);
  };
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="flex-start" gap="xs">
        <Box style={{ minWidth: 0, flex: "1 1 16rem" }}>
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {title}
          </Text>
          <Text size="sm" c="dimmed">
            {sayEntry(entry)}
            {times?.start && times.end && ` · ${sayTimes(times as Times)}`}
          </Text>
          <Text size="xs" c="dimmed">
            Made <RelativeTime at={entry.since} />
          </Text>
        </Box>
        <Badge
          variant="light"
          color={color}
          leftSection={<Icon size={12} aria-hidden />}
          tt="none"
          miw="max-content"
          style={{ flexShrink: 0 }}
        >
          {label}
        </Badge>
      </Group>
      {entry.stop && (
        <Alert color="red" icon={<CloudOff aria-hidden />} title={entry.stop.title}>
          <Text size="sm">
            {entry.stop.current
              ? entry.kind === "delete"
                ? "It was changed since you deleted it, so it was not deleted."
                : `The same was changed there meanwhile: ${fieldWords(entry.stop.fields)}.`
              : entry.stop.detail}
          </Text>
          {entry.stop.action && !entry.stop.current && (
            <Text size="sm" fw={600}>
              {entry.stop.action}
            </Text>
          )}
          {entry.stop.requestId && <RequestId id={entry.stop.requestId} />}
        </Alert>
      )}
      <Group gap="xs">
        {(entry.kind === "create" || entry.kind === "change") && (
          <Button
            size="compact-md"
            variant="default"
            leftSection={<Pencil size={14} aria-hidden />}
            aria-label={`${edit}: ${title}`}
            renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId: entry.eventId }} {...props} />}
          >
            {edit}
          </Button>
        )}
        {entry.stop && (
          <Button
            size="compact-md"
            variant="default"
            leftSection={<Send size={14} aria-hidden />}
            aria-label={`${again}: ${title}`}
            onClick={() => void insist(entry.id).catch(notifyFailure)}
          >
            {again}
          </Button>
        )}
        <Button
          size="compact-md"
          variant="light"
          color="red"
          disabled={busy}
          leftSection={<Trash2 size={14} aria-hidden />}
          aria-label={`Discard: ${title}`}
          onClick={() => void drop()}
        >
          Discard
        </Button>
      </Group>
    </Stack>
  );
}

interface Times {
  start: EventTimeIn;
  end: EventTimeIn;
}

/** On the clock it was entered on, which is named. */
function sayTimes({ start, end }: Times): string {
  if (start.date) return `${showDay(start.date)}, all day`;
  const from = start.date_time ?? "";
  return `${showDay(from.slice(0, 10))}, ${showTime(from)} – ${showTime(end.date_time ?? from)} (${start.time_zone?.replaceAll("_", " ")})`;
}
