// A conflict that the service keeps until somebody decides: here and the provider said different things about one event.
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { GitMerge } from "lucide-react";
import { useState } from "react";
import { invalidate } from "@/api/query";
import { resolveConflict } from "@/api/sync";
import type { Conflict, EventIn } from "@/api/types";
import { localZone } from "@/lib/time";
import { Failure } from "@/ui/Failure";
import { notifyDone, notifyFailure, notifyUndo } from "@/ui/notify";
import { useFocusBack } from "@/ui/useFocusBack";
import { ConflictDialog } from "./ConflictDialog";
import { type EventForm, toForm, toInput } from "./form";
import { eventsChanged } from "./queries";
import { bodyAsEvent } from "./waiting";

export interface StoredConflictProps {
  conflict: Conflict;
  onClose: () => void;
}

interface End {
  done: string;
  /** The other way out, and what it is called. */
  other: "mine" | "theirs";
  verb: string;
}

/** What is said when it is decided. */
const ends = {
  fields: {
    mine: { done: "Your version counts.", other: "theirs", verb: "Take theirs instead" },
    theirs: { done: "Their version counts.", other: "mine", verb: "Keep mine instead" },
    merge: { done: "Saved as chosen.", other: "theirs", verb: "Take theirs instead" },
  },
  deleted_there: {
    mine: { done: "The event is kept.", other: "theirs", verb: "Delete it instead" },
    theirs: { done: "The event is deleted.", other: "mine", verb: "Keep it instead" },
    merge: { done: "The event is kept.", other: "theirs", verb: "Delete it instead" },
  },
  deleted_here: {
    mine: { done: "The event is deleted.", other: "theirs", verb: "Keep it instead" },
    theirs: { done: "The event is kept.", other: "mine", verb: "Delete it instead" },
    merge: { done: "The event is kept.", other: "mine", verb: "Delete it instead" },
  },
} satisfies Record<Conflict["kind"], Record<"mine" | "theirs" | "merge", End>>;

export function StoredConflict({ conflict, onClose }: StoredConflictProps) {
  const queries = useQueryClient();
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const everything = () =>
    Promise.all([eventsChanged(queries), invalidate(queries, "/api/v1/conflicts", "/api/v1/mappings")]);
  const resolve = async (resolution: "mine" | "theirs" | "merge", merged?: EventForm) => {
    setBusy(true);
    setFailure(null);
    try {
      await resolveConflict(conflict.id, resolution, merged && toInput(merged));
      const { done, other, verb }: End = ends[conflict.kind][resolution];
      const undo = async () => {
        try {
          await resolveConflict(conflict.id, other);
          notifyDone(ends[conflict.kind][other].done);
        } catch (error) {
          notifyFailure(error);
        }
        await everything();
      };
      notifyUndo(done, undo, verb);
      await everything();
      onClose();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  const form = (body: EventIn) => toForm(bodyAsEvent(body, conflict), localZone());
  if (!conflict.ours || !conflict.theirs) {
    return <DeletedDialog conflict={conflict} failure={failure} busy={busy} onChoose={resolve} onClose={onClose} />;
  }
  return (
    <ConflictDialog
      base={form(conflict.base)}
      mine={form(conflict.ours)}
      theirs={form(conflict.theirs)}
      busy={busy}
      failure={failure}
      onClose={onClose}
      onTakeTheirs={() => void resolve("theirs")}
      onTakeMine={() => void resolve("mine")}
      onMerge={(merged) => void resolve("merge", merged)}
    />
  );
}

/** One side deleted it: there are no fields to choose from. */
function DeletedDialog({
  conflict,
  failure,
  busy,
  onChoose,
  onClose,
}: {
  conflict: Conflict;
  failure: unknown;
  busy: boolean;
  onChoose: (resolution: "mine" | "theirs") => Promise<void>;
  onClose: () => void;
}) {
  useFocusBack();
  const there = !conflict.theirs;
  return (
    <Modal opened onClose={onClose} title="Changed on both sides" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Alert icon={<GitMerge aria-hidden />} color="yellow">
          {there
            ? `“${conflict.title}” was deleted at the provider while it was changed here.`
            : `“${conflict.title}” was deleted here while it was changed at the provider.`}
        </Alert>
        <Text size="sm">
          {there ? "Keeping it makes it anew at the provider." : "Deleting it deletes it at the provider too."}
        </Text>
        {failure !== null && <Failure error={failure} />}
        <Group justify="flex-end">
          <Button variant="default" disabled={busy} onClick={() => void onChoose("theirs")}>
            {there ? "Let it be deleted" : "Keep theirs"}
          </Button>
          <Button data-autofocus loading={busy} onClick={() => void onChoose("mine")}>
            {there ? "Keep mine" : "Delete it"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
