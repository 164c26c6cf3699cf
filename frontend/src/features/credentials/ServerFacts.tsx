import { List } from "@mantine/core";
import { Check, Info } from "lucide-react";
import type { Credential } from "@/api/types";
import { dateTime } from "@/lib/time";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";

type Server = NonNullable<Credential["server"]>;

const changes: Record<Server["tells_changes_by"], string> = {
  token: "It keeps count of changes, so asking for them is quick.",
  tag: "It says whether anything changed; what it was, we find by comparing.",
  versions: "It does not say what changed: everything is compared every time.",
};

/** What a server can do, good or not, in sentences. */
function sentences(server: Server): [good: boolean, text: string][] {
  const mebibytes = Math.floor((server.largest_bytes ?? 0) / 2 ** 20);
  const bounds = [
    server.earliest && `before ${dateTime(server.earliest)}`,
    server.latest && `after ${dateTime(server.latest)}`,
  ].filter(Boolean);
  return [
    [server.tells_changes_by === "token", changes[server.tells_changes_by]],
    server.mails_guests
      ? [true, "It mails invitations and changes to guests by itself."]
      : [false, "It mails nobody: guests of its events are not told by anyone."],
    server.makes_calendars ? [true, "Calendars can be made there."] : [false, "Calendars cannot be made there."],
    server.moves_events
      ? [true, "Events move between its calendars in one step."]
      : [false, "To move an event, it is copied and then deleted."],
    server.signs_in_by === "digest"
      ? [true, "We sign in with a proof of the password (Digest), not the password itself."]
      : [true, "We sign in with the password over the encrypted connection (Basic)."],
    ...(mebibytes > 0 ? [[true, `An event may be up to ${mebibytes} MiB large.`] as [boolean, string]] : []),
    ...(bounds.length > 0 ? [[false, `It takes no event ${bounds.join(" or ")}.`] as [boolean, string]] : []),
  ];
}

export function ServerFacts({ server }: { server: Server }) {
  return (
    <Section
      title="The server"
      description={
        <>
          {server.software ? `It calls itself “${server.software}”. ` : ""}Asked <RelativeTime at={server.asked_at} />,
          and again every week and with “Validate”.
        </>
      }
    >
      <List size="sm" spacing={6} center>
        {sentences(server).map(([good, text]) => (
          <List.Item
            key={text}
            icon={
              good ? (
                <Check size={15} aria-hidden color="var(--mantine-color-teal-filled)" />
              ) : (
                <Info size={15} aria-hidden color="var(--mantine-color-dimmed)" />
              )
            }
          >
            {text}
          </List.Item>
        ))}
      </List>
    </Section>
  );
}
