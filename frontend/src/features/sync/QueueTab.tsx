// What the service owes the providers: what needs somebody first, then what is on its way by itself.

import { Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CheckCheck } from "lucide-react";
import { standing } from "@/api/reconcile";
import { mappingsQuery } from "@/api/sync";
import type { Mapping } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { EmptyState } from "@/ui/EmptyState";
import { MappingActions } from "@/ui/MappingActions";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { frozenWords, providerNames, SyncBadge } from "@/ui/status";
import { Listed } from "./Listed";

const verbs = { create: "Create", update: "Change", delete: "Delete" } satisfies Record<Mapping["action"], string>;

export function QueueTab({ client }: { client: string | undefined }) {
  return (
    <Stack>
      <Section
        title="Could not be carried out"
        description="The provider refused these changes, or it was tried as often as is sensible. Nothing more happens by itself."
      >
        <Listed
          label="Failed changes"
          query={mappingsQuery(client, "failed")}
          keyOf={(one) => one.id}
          row={(one) => <Entry entry={one} />}
          empty={<Nothing text="Nothing failed." />}
        />
      </Section>
      <Section
        title="On the way"
        description="Saved here and promised to the provider. Each is tried again by itself until it is there."
      >
        <Listed
          label="Changes on the way"
          query={mappingsQuery(client, "pending")}
          keyOf={(one) => one.id}
          row={(one) => <Entry entry={one} />}
          empty={
            <EmptyState icon={CheckCheck} title="Everything has arrived" body="The providers hold what you see here." />
          }
        />
      </Section>
      <Text size="sm" c="dimmed">
        Changes made without a connection wait in the browser they were made in:{" "}
        <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/waiting" {...props} />}>
          waiting changes
        </Anchor>
        .
      </Text>
    </Stack>
  );
}

const Nothing = ({ text }: { text: string }) => (
  <Text size="sm" c="dimmed">
    {text}
  </Text>
);

function Entry({ entry }: { entry: Mapping }) {
  const title = entry.title || "(no title)";
  const state = standing(entry);
  const shown = entry.action !== "delete";
  return (
    <Stack gap={6}>
      <div>
        <Group justify="space-between" align="flex-start" gap="xs" wrap="nowrap">
          {shown ? (
            <Anchor
              fw={600}
              c="var(--mantine-color-text)"
              style={{ overflowWrap: "anywhere" }}
              renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId: entry.event_id }} {...props} />}
            >
              {title}
            </Anchor>
          ) : (
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {title}
            </Text>
          )}
          <SyncBadge state={state} />
        </Group>
        <Text size="sm" c="dimmed">
          {verbs[entry.action]} · {providerNames[entry.provider]} · since <RelativeTime at={entry.created_at} />
          {entry.attempts > 0 && ` · tried ${entry.attempts === 1 ? "once" : `${entry.attempts} times`}`}
        </Text>
      </div>
      {(state === "frozen" || entry.detail) && (
        <Text size="sm">{state === "frozen" ? frozenWords : sentence(entry.detail ?? "")}</Text>
      )}
      {entry.code === "reauthorization_required" && (
        <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/credentials" {...props} />}>
          To the accounts
        </Anchor>
      )}
      <MappingActions mapping={entry} listed />
    </Stack>
  );
}
