// What the editor shows but cannot change: organiser, video call, age; and our own answer to an invitation.
import { Alert, Anchor, Button, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CloudOff, ExternalLink, Video } from "lucide-react";
import type { Waiting } from "@/api/offline/rules";
import type { Event } from "@/api/types";
import { RelativeTime } from "@/ui/RelativeTime";
import { answers } from "./GuestsPart";

export function EventFacts({ event }: { event: Event }) {
  return (
    <Group gap="md" fz="sm">
      {event.organizer && (
        <Text size="sm" c="dimmed">
          Organised by {event.organizer.name || event.organizer.email}
        </Text>
      )}
      {event.conference?.url && (
        <Anchor href={event.conference.url} target="_blank" rel="noreferrer noopener" size="sm">
          <Video size={14} aria-hidden style={{ verticalAlign: "-2px" }} /> Join{" "}
          {event.conference.name || "the video call"}
        </Anchor>
      )}
      {event.html_link && (
        <Anchor href={event.html_link} target="_blank" rel="noreferrer noopener" size="sm">
          <ExternalLink size={14} aria-hidden style={{ verticalAlign: "-2px" }} /> Open at the provider
        </Anchor>
      )}
      {event.sync.as_of && (
        <Text size="sm" c="dimmed">
          Read <RelativeTime at={event.sync.as_of} />
        </Text>
      )}
    </Group>
  );
}

/** Says that what the form shows is known to this browser only. */
export function HereAlert({ entry }: { entry: Waiting }) {
  const stopped = entry.state === "stopped";
  return (
    <Alert
      color={stopped ? "red" : "blue"}
      icon={<CloudOff aria-hidden />}
      title={stopped ? "Could not be sent from this browser" : "Waits in this browser"}
    >
      {stopped ? (
        <>
          {entry.stop?.detail} Change and save it here, or{" "}
          <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/waiting" {...props} />}>
            decide about it
          </Anchor>
          .
        </>
      ) : (
        <>
          Since <RelativeTime at={entry.since} />. It is sent as soon as the service answers.
        </>
      )}
    </Alert>
  );
}

const words = { accepted: "Yes", tentative: "Maybe", declined: "No" } as const;

/** Shown when the account itself is invited. */
export function OwnAnswer({
  event,
  busy,
  onAnswer,
}: {
  event: Event;
  busy: boolean;
  onAnswer: (response: keyof typeof words) => void;
}) {
  const self = event.attendees.find((one) => one.self);
  if (!self || event.organizer?.email === self.email) return null;
  return (
    <Alert color="blue" title="This account is invited. Will it come?">
      <Group gap="xs">
        {(Object.keys(words) as (keyof typeof words)[]).map((one) => (
          <Button
            key={one}
            size="compact-md"
            variant={self.response === one ? "filled" : "default"}
            aria-pressed={self.response === one}
            disabled={busy}
            onClick={() => onAnswer(one)}
          >
            {words[one]}
          </Button>
        ))}
        <Text size="sm">Now: {answers[self.response].word.toLowerCase()}</Text>
      </Group>
    </Alert>
  );
}
