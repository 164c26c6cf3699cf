// Somebody changed the event meanwhile: both versions, field by field.
import { Alert, Button, Group, Modal, Radio, Stack, Table, Text } from "@mantine/core";
import { GitMerge } from "lucide-react";
import { useState } from "react";
import { Failure } from "@/ui/Failure";
import { useFocusBack } from "@/ui/useFocusBack";
import { differences, type Field, merge, type Side } from "./conflict";
import type { EventForm } from "./form";

export interface ConflictDialogProps {
  /** What the person began with, what they made of it, and what it is now. */
  base: EventForm;
  mine: EventForm;
  theirs: EventForm;
  /** The version to save. */
  onMerge: (merged: EventForm) => void;
  onTakeTheirs: () => void;
  /** Absent: mine in every field is one of the merges. */
  onTakeMine?: () => void;
  /** What was chosen is under way, or did not work. */
  busy?: boolean;
  failure?: unknown;
  onClose: () => void;
}

export function ConflictDialog({
  base,
  mine,
  theirs,
  onMerge,
  onTakeTheirs,
  onTakeMine,
  busy = false,
  failure = null,
  onClose,
}: ConflictDialogProps) {
  useFocusBack();
  const found = differences(base, mine, theirs);
  const [choice, setChoice] = useState<Partial<Record<Field, Side>>>(() =>
    Object.fromEntries(found.map(({ field, settled }) => [field, settled ?? "mine"])),
  );
  const all = (side: Side) => Object.fromEntries(found.map(({ field }) => [field, side]));
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title="Changed by somebody else"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack>
        <Alert icon={<GitMerge aria-hidden />} color="yellow">
          {found.length === 0
            ? "Somebody saved the same changes. Nothing is left to decide."
            : onTakeMine
              ? "The event was changed here and at the provider. Choose for each field; nothing is lost until you save."
              : "The event was changed here or at the provider since you opened it. Choose for each field; nothing is lost until you save."}
        </Alert>
        {found.map(({ field, label, base: was, mine: ours, theirs: other, settled }) => (
          <Radio.Group
            key={field}
            label={label}
            description={
              settled ? (settled === "mine" ? "Only you changed it." : "Only they changed it.") : `It was: ${was}`
            }
            value={choice[field]}
            onChange={(side) => setChoice((old) => ({ ...old, [field]: side as Side }))}
          >
            <Table withTableBorder withColumnBorders layout="fixed" mt={6}>
              <Table.Tbody>
                <Table.Tr>
                  {(["mine", "theirs"] as const).map((side) => (
                    <Table.Td key={side} style={{ verticalAlign: "top", overflowWrap: "anywhere" }}>
                      <Radio
                        value={side}
                        label={
                          <>
                            <Text span size="xs" c="dimmed" display="block">
                              {side === "mine" ? "Mine" : "Theirs"}
                            </Text>
                            {side === "mine" ? ours : other}
                          </>
                        }
                      />
                    </Table.Td>
                  ))}
                </Table.Tr>
              </Table.Tbody>
            </Table>
          </Radio.Group>
        ))}
        {failure !== null && <Failure error={failure} />}
        <Group justify="space-between">
          <Group gap="xs">
            <Button
              variant="default"
              disabled={busy}
              onClick={onTakeMine ?? (() => onMerge(merge(mine, theirs, all("mine"))))}
            >
              Keep mine
            </Button>
            <Button variant="default" disabled={busy} onClick={onTakeTheirs}>
              Take theirs
            </Button>
          </Group>
          <Button
            data-autofocus
            loading={busy}
            onClick={() => onMerge(merge(mine, theirs, choice))}
            disabled={found.length === 0}
          >
            Save as chosen
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
