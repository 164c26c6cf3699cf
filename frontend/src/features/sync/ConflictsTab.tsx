// Where a change made here met another one at the provider.

import { Anchor, Badge, Button, Card, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { GitMerge, Handshake } from "lucide-react";
import { type ReactNode, useState } from "react";
import { invalidate } from "@/api/query";
import { useMay } from "@/api/session";
import { conflictsQuery } from "@/api/sync";
import type { Conflict } from "@/api/types";
import { fieldWords } from "@/lib/field-words";
import { EmptyState } from "@/ui/EmptyState";
import { RelativeTime } from "@/ui/RelativeTime";
import { Listed } from "./Listed";

export interface ConflictsTabProps {
  client: string | undefined;
  decide: (conflict: Conflict, onClose: () => void) => ReactNode;
}

const ends = {
  mine: "What was said here was kept",
  theirs: "What the provider said was kept",
  merge: "Merged",
} satisfies Record<NonNullable<Conflict["resolution"]>, string>;

/** What was decided may be decided otherwise: the provider gets the other version then. */
const verbs = { open: "Decide", resolved: "Decide anew" } satisfies Record<Conflict["state"], string>;

export function ConflictsTab({ client, decide }: ConflictsTabProps) {
  const queries = useQueryClient();
  const mayWrite = useMay("events:write");
  const [state, setState] = useState<Conflict["state"]>("open");
  const [deciding, setDeciding] = useState<Conflict | null>(null);
  const close = () => {
    setDeciding(null);
    void invalidate(queries, "/api/v1/conflicts", "/api/v1/mappings", "/api/v1/events");
  };
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={620}>
          Somebody changed the same in both places. Other fields were merged by themselves. Each client’s settings say
          who is right; where they say “ask”, it stands here until somebody decides.
        </Text>
        <SegmentedControl
          aria-label="Which conflicts"
          value={state}
          onChange={(value) => setState(value as Conflict["state"])}
          data={[
            { value: "open", label: "Open" },
            { value: "resolved", label: "Decided" },
          ]}
        />
      </Group>
      <Listed
        label={state === "open" ? "Open conflicts" : "Decided conflicts"}
        query={conflictsQuery(client, state)}
        keyOf={(one) => one.id}
        row={(one) => (
          <Group justify="space-between" gap="xs">
            <div style={{ minWidth: 0, flex: "1 1 16rem" }}>
              <Anchor
                fw={600}
                c="var(--mantine-color-text)"
                style={{ overflowWrap: "anywhere" }}
                renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId: one.event_id }} {...props} />}
              >
                {one.title || "(no title)"}
              </Anchor>
              <Text size="sm" c="dimmed">
                {one.kind === "deleted_there"
                  ? "Deleted at the provider, changed here"
                  : one.kind === "deleted_here"
                    ? "Deleted here, changed at the provider"
                    : `Both changed: ${fieldWords(one.fields)}`}
                {" · "}
                <RelativeTime at={one.created_at} />
              </Text>
            </div>
            <Group gap="xs">
              {one.state !== "open" && (
                <Badge variant="light" color="gray" tt="none" miw="max-content">
                  {one.resolution ? ends[one.resolution] : "Decided"}
                  {one.resolved_at && (
                    <>
                      {", "}
                      <RelativeTime at={one.resolved_at} />
                    </>
                  )}
                </Badge>
              )}
              {mayWrite && (
                <Button
                  size="compact-sm"
                  variant={one.state === "open" ? "filled" : "default"}
                  leftSection={<GitMerge size={14} aria-hidden />}
                  aria-label={`${verbs[one.state]}: ${one.title || "(no title)"}`}
                  onClick={() => setDeciding(one)}
                >
                  {verbs[one.state]}
                </Button>
              )}
            </Group>
          </Group>
        )}
        empty={
          <Card>
            <EmptyState
              icon={Handshake}
              title={state === "open" ? "No conflict" : "None was decided yet"}
              body={
                state === "open"
                  ? "Here and there say the same about every event."
                  : "What you decide stands here, and can be decided anew."
              }
            />
          </Card>
        }
      />
      {deciding && decide(deciding, close)}
    </Stack>
  );
}
