// What can be done to the events that are selected.
import { Button, Group, Paper, Text } from "@mantine/core";
import { Pencil, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { isWaiting } from "@/api/offline/queue";
import type { Event, OperationIn } from "@/api/types";
import { count } from "@/lib/count";
import { choosesMails, MAILS_ALWAYS } from "../HowDialog";
import { isRecurring } from "../queries";
import { ExportMenu } from "./ExportMenu";
import type { ListFilter } from "./exports";
import { useDeleteOne } from "./useDeleteOne";

const EditManyDialog = lazy(() => import("./EditManyDialog").then((module) => ({ default: module.EditManyDialog })));

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
  const { run: deleteOne, busy } = useDeleteOne();
  const [deed, setDeed] = useState<"change" | "delete" | null>(null);
  const { calendar_id: calendar_ids, ...rest } = filter;
  // The service can plan only what it knows.
  const sent = chosen.filter((one) => !isWaiting(one));
  const selection: OperationIn["selection"] = all
    ? { filter: { ...rest, calendar_ids } }
    : { event_ids: sent.map((one) => one.id) };
  const kept = chosen.length - sent.length;
  const leftOut = all || kept === 0 ? [] : [`Left out: ${count(kept, "event")} of which changes wait in this browser.`];
  const erase = async () => {
    const [only, ...others] = chosen;
    if (all || others.length > 0 || !only) setDeed("delete");
    else if (await deleteOne(only)) onSelect(new Set());
  };
  return (
    <Paper withBorder p="xs" pos="sticky" top={64} style={{ zIndex: 5 }} role="region" aria-label="Selection">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {all ? "All that match are selected" : `${chosen.length} selected`}
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
          <ExportMenu filter={all ? filter : { ids: sent.map((one) => one.id) }} compact />
          <Button
            size="compact-md"
            variant="default"
            leftSection={<Pencil size={14} aria-hidden />}
            onClick={() => setDeed("change")}
          >
            Change…
          </Button>
          <Button
            size="compact-md"
            color="red"
            loading={busy}
            leftSection={<Trash2 size={14} aria-hidden />}
            onClick={() => void erase()}
          >
            Delete…
          </Button>
        </Group>
      </Group>
      {deed && (
        <Suspense>
          <EditManyDialog
            deed={deed}
            selection={selection}
            what={all ? "all events that match" : count(sent.length, "event")}
            notes={[...(deed === "delete" ? deletes(sent, all) : []), ...leftOut]}
            client={filter.client_id}
            onClose={() => setDeed(null)}
          />
        </Suspense>
      )}
    </Paper>
  );
}

/** What goes with those that are deleted. Of what was not loaded nobody here knows. */
function deletes(events: Event[], all: boolean): string[] {
  const series = events.filter(isRecurring).length;
  const told = events.some((one) => !choosesMails(one.provider) && one.attendees.some((guest) => !guest.self));
  return [
    all && "Of a series, all its dates go.",
    !all &&
      series > 0 &&
      `${series} of them ${series === 1 ? "is a series: all its" : "are series: all their"} dates go.`,
    told && MAILS_ALWAYS,
  ].filter((note) => note !== false);
}
