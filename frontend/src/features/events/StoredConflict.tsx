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
import { notifyDone } from "@/ui/notify";
import { useFocusBack } from "@/ui/useFocusBack";
import { ConflictDialog } from "./ConflictDialog";
import { type EventForm, toForm, toInput } from "./form";
import { eventsChanged } from "./queries";
import { bodyAsEvent } from "./waiting";

export interface StoredConflictProps {
  conflict: Conflict;
  onClose: () => void;
}

export function StoredConflict({ conflict, onClose }: StoredConflictProps) {
  const queries = useQueryClient();
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const resolve = async (resolution: "mine" | "theirs" | "merge", merged?: EventForm) => {
    setBusy(true);
    setFailure(null);
    try {
      await resolveConflict(conflict.id, resolution, merged && toInput(merged));
      notifyDone("Decided.");
      await Promise.all([eventsChanged(queries), invalidate(queries, "/api/v1/conflicts", "/api/v1/mappings")]);
      onClose();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  const form = (body: EventIn) => toForm(bodyAsEvent(body, conflict), localZone());
  if (!conflict.ours || !conflict.theirs || failure || busy) {
    return <DeletedDialog conflict={conflict} failure={failure} busy={busy} onChoose={resolve} onClose={onClose} />;
  }
  return (
    <ConflictDialog
      base={form(conflict.base)}
      mine={form(conflict.ours)}
      theirs={form(conflict.theirs)}
      onClose={onClose}
      onTakeTheirs={() => void resolve("theirs")}
      onTakeMine={() => void resolve("mine")}
      onMerge={(merged) => void resolve("merge", merged)}
    />
  );
}

/** One side deleted it: there are no fields to choose from. Also shows what came of a decision. */
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
  const here = !conflict.ours;
  return (
    <Modal opened onClose={onClose} title="Changed on both sides" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Alert icon={<GitMerge aria-hidden />} color="yellow">
          {there
            ? `“${conflict.title}” was deleted at the provider while it was changed here.`
            : here
              ? `“${conflict.title}” was deleted here while it was changed at the provider.`
              : `“${conflict.title}” was changed on both sides.`}
        </Alert>
        <Text size="sm">
          {there
            ? "Keeping it makes it anew at the provider."
            : here
              ? "Deleting it deletes it at the provider too."
              : "Choose whose word counts."}
        </Text>
        {failure !== null && <Failure error={failure} />}
        <Group justify="flex-end">
          <Button variant="default" disabled={busy} onClick={() => void onChoose("theirs")}>
            {there ? "Let it be deleted" : here ? "Keep theirs" : "Take theirs"}
          </Button>
          <Button data-autofocus loading={busy} onClick={() => void onChoose("mine")}>
            {there ? "Keep mine" : here ? "Delete it" : "Keep mine"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
