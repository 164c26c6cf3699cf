// What the service owes the providers: what needs somebody first, then what is on its way by itself.

import { Anchor, Button, Card, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CheckCheck, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { invalidate } from "@/api/query";
import { useMay } from "@/api/session";
import { discardMapping, mappingsQuery, retryMapping } from "@/api/sync";
import type { Mapping } from "@/api/types";
import { confirm } from "@/ui/confirm";
import { EmptyState } from "@/ui/EmptyState";
import { notifyDone, notifyFailure } from "@/ui/notify";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { providerNames, SyncBadge } from "@/ui/status";
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
            <Card padding={0}>
              <EmptyState
                icon={CheckCheck}
                title="Everything has arrived"
                body="The providers hold what you see here."
              />
            </Card>
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
  const queries = useQueryClient();
  const mayWrite = useMay("events:write");
  const [busy, setBusy] = useState(false);
  const title = entry.title || "(no title)";
  const run = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await work();
      notifyDone(done);
    } catch (error) {
      notifyFailure(error);
    }
    await invalidate(queries, "/api/v1/mappings", "/api/v1/events", "/api/v1/dashboard");
    setBusy(false);
  };
  const drop = async () => {
    const yes = await confirm({
      title: `Discard the change of “${title}”?`,
      body: "It is not sent to the provider any more, nor is what was changed together with it. The events become what the provider has.",
      verb: "Discard",
    });
    if (yes) await run(() => discardMapping(entry.id), `The change of “${title}” was discarded.`);
  };
  return (
    <Stack gap={6}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <div style={{ minWidth: 0, flex: "1 1 16rem" }}>
          {entry.action === "delete" ? (
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {title}
            </Text>
          ) : (
            <Anchor
              fw={600}
              c="var(--mantine-color-text)"
              style={{ overflowWrap: "anywhere" }}
              renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId: entry.event_id }} {...props} />}
            >
              {title}
            </Anchor>
          )}
          <Text size="sm" c="dimmed">
            {verbs[entry.action]} · {providerNames[entry.provider]} · since <RelativeTime at={entry.created_at} />
            {entry.attempts > 0 && ` · tried ${entry.attempts === 1 ? "once" : `${entry.attempts} times`}`}
          </Text>
        </div>
        <SyncBadge state={entry.state} />
      </Group>
      {entry.detail && <Text size="sm">{entry.detail}</Text>}
      {mayWrite && (
        <Group gap="xs">
          <Button
            size="compact-md"
            variant="default"
            loading={busy}
            leftSection={<RefreshCw size={14} aria-hidden />}
            aria-label={`Retry: ${title}`}
            onClick={() => void run(() => retryMapping(entry.id), `“${title}” was tried again.`)}
          >
            Retry
          </Button>
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
      )}
    </Stack>
  );
}
