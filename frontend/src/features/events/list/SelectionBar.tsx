// What can be done to the events that are selected.
import { Button, Group, Paper, Progress, Text } from "@mantine/core";
import { Pencil, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Event, OperationIn } from "@/api/types";
import { count } from "@/lib/count";
import { ExportMenu } from "./ExportMenu";
import type { ListFilter } from "./exports";
import { useDeleteMany } from "./useDeleteMany";

const EditManyDialog = lazy(() => import("./EditManyDialog").then((module) => ({ default: module.EditManyDialog })));

/** More ids than this make an address too long to be asked for. */
const NAMED = 100;

export interface SelectionBarProps {
  chosen: Event[];
  filter: ListFilter;
  /** Every event that matches is meant, not only those that were loaded. */
  all: boolean;
  /** All that were loaded are selected, and there are more. */
  mayTakeAll: boolean;
  onTakeAll: () => void;
  onSelect: (ids: ReadonlySet<string>) => void;
}

export function SelectionBar({ chosen, filter, all, mayTakeAll, onTakeAll, onSelect }: SelectionBarProps) {
  const { run: deleteMany, progress } = useDeleteMany();
  const [editing, setEditing] = useState(false);
  const { calendar_id: calendar_ids, ...rest } = filter;
  const selection: OperationIn["selection"] = all
    ? { filter: { ...rest, calendar_ids } }
    : { event_ids: chosen.map((one) => one.id) };
  return (
    <Paper withBorder p="xs" pos="sticky" top={64} style={{ zIndex: 5 }} role="region" aria-label="Selection">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {progress
              ? `Deleting ${progress.done + 1} of ${progress.total}`
              : all
                ? "All that match are selected"
                : `${chosen.length} selected`}
          </Text>
          {mayTakeAll && !all && (
            <Button size="compact-sm" variant="subtle" onClick={onTakeAll}>
              Select all that match
            </Button>
          )}
        </Group>
        <Group gap="xs">
          <Button size="compact-md" variant="default" onClick={() => onSelect(new Set())}>
            Clear
          </Button>
          {(all || chosen.length <= NAMED) && (
            <ExportMenu filter={all ? filter : { ids: chosen.map((one) => one.id) }} compact />
          )}
          <Button
            size="compact-md"
            variant="default"
            leftSection={<Pencil size={14} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            Change…
          </Button>
          {!all && (
            <Button
              size="compact-md"
              color="red"
              loading={progress !== null}
              leftSection={<Trash2 size={14} aria-hidden />}
              onClick={() => void deleteMany(chosen).then(onSelect)}
            >
              Delete…
            </Button>
          )}
        </Group>
      </Group>
      {progress && (
        <Progress mt={6} aria-label="Deleting" value={(100 * progress.done) / Math.max(progress.total, 1)} />
      )}
      {editing && (
        <Suspense>
          <EditManyDialog
            selection={selection}
            what={all ? "all events that match" : count(chosen.length, "event")}
            client={filter.client_id}
            onClose={() => setEditing(false)}
          />
        </Suspense>
      )}
    </Paper>
  );
}
