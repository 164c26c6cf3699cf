// How far the event has come with its provider, and what can be done when it has not.
import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { GitMerge } from "lucide-react";
import { useState } from "react";
import type { Standing } from "@/api/reconcile";
import { conflictOfQuery, failedOfQuery } from "@/api/sync";
import type { Event } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { MappingActions } from "@/ui/MappingActions";
import { frozenWords, syncLooks } from "@/ui/status";
import { StoredConflict } from "../StoredConflict";

const says = {
  pending: {
    title: "On its way to the provider",
    text: "It is saved here and sent by itself as soon as the provider takes it.",
  },
  failed: { title: "Not at the provider", text: "The provider refused the change. Nothing more happens by itself." },
  conflict: { title: "Changed on both sides", text: "Somebody has to say which version counts." },
  frozen: {
    title: "Held back: changed back and forth too often",
    text: frozenWords,
  },
} satisfies Record<Exclude<Standing, "synced">, { title: string; text: string }>;

export interface SyncAlertProps {
  event: Event;
  /** Something was decided; `gone`: the event is not there any more. */
  onDecided?: (gone: boolean) => void;
}

export function SyncAlert({ event, onDecided }: SyncAlertProps) {
  const { detail } = event.sync;
  const state = event.sync.state as Standing;
  const [deciding, setDeciding] = useState(false);
  const conflict = useQuery({ ...conflictOfQuery(event), enabled: state === "conflict" });
  const failed = useQuery({ ...failedOfQuery(event), enabled: state === "failed" || state === "frozen" });
  if (state === "synced") return null;
  const { color, icon: Icon } = syncLooks[state];
  const { title, text } = says[state];
  return (
    <Alert color={color} icon={<Icon aria-hidden />} title={title}>
      <Stack gap="xs">
        <Text size="sm">{state === "frozen" ? text : sentence(detail ?? text)}</Text>
        {(state === "failed" || state === "frozen") && (
          <Group gap="md">
            {failed.data && <MappingActions mapping={failed.data} onDone={onDecided} />}
            <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/sync" {...props} />}>
              All of them under Sync
            </Anchor>
          </Group>
        )}
        {state === "conflict" && (
          <Group>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<GitMerge size={14} aria-hidden />}
              disabled={!conflict.data}
              onClick={() => setDeciding(true)}
            >
              Decide
            </Button>
          </Group>
        )}
      </Stack>
      {deciding && conflict.data && (
        <StoredConflict
          conflict={conflict.data}
          onClose={() => {
            setDeciding(false);
            onDecided?.(false);
          }}
        />
      )}
    </Alert>
  );
}
