// How far the event has come with its provider, and what can be done when it has not.
import { Alert, Anchor, Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { GitMerge } from "lucide-react";
import { useState } from "react";
import { conflictOfQuery } from "@/api/sync";
import type { Event } from "@/api/types";
import { syncLooks } from "@/ui/status";
import { StoredConflict } from "../StoredConflict";

const titles = {
  pending: "On its way to the provider",
  failed: "Not at the provider",
  conflict: "Changed on both sides",
} satisfies Record<Exclude<Event["sync"]["state"], "synced">, string>;

export function SyncAlert({ event, onDecided }: { event: Event; onDecided?: () => void }) {
  const { state, detail } = event.sync;
  const [deciding, setDeciding] = useState(false);
  const conflict = useQuery({ ...conflictOfQuery(event), enabled: state === "conflict" });
  if (state === "synced") return null;
  const { color, icon: Icon } = syncLooks[state];
  return (
    <Alert color={color} icon={<Icon aria-hidden />} title={titles[state]}>
      <Text size="sm">
        {detail ?? (state === "pending" ? "It is saved here and sent by itself." : null)}{" "}
        {state === "failed" && (
          <Anchor
            size="sm"
            underline="always"
            renderRoot={(props) => <Link to="/sync" search={{} as never} {...props} />}
          >
            Retry or discard under Sync
          </Anchor>
        )}
      </Text>
      {state === "conflict" && (
        <Group mt="xs">
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
      {deciding && conflict.data && (
        <StoredConflict
          conflict={conflict.data}
          onClose={() => {
            setDeciding(false);
            onDecided?.();
          }}
        />
      )}
    </Alert>
  );
}
