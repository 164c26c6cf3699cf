// What was done to a booking, and the way back from the last of it.
import { Button, List, Text } from "@mantine/core";
import { Undo2 } from "lucide-react";
import { useMe } from "@/api/session";
import type { BookingDeed } from "@/api/types";
import { actorWords } from "@/lib/actor";
import { RelativeTime } from "@/ui/RelativeTime";
import { canBeUndone, deedWords } from "./words";

export interface HistoryProps {
  deeds: readonly BookingDeed[];
  undoing: boolean;
  /** Without it nothing is taken back here. */
  onUndo: (() => void) | undefined;
}

export function History({ deeds, undoing, onUndo }: HistoryProps) {
  const me = useMe();
  const last = deeds.at(-1);
  return (
    <>
      <List size="sm" spacing={4}>
        {deeds.map((deed) => (
          <List.Item key={deed.id}>
            {deedWords(deed)}
            {deed.detail && `: ${deed.detail}`}{" "}
            <Text span size="sm" c="dimmed">
              by {actorWords(deed.actor, me?.user?.id)}, <RelativeTime at={deed.at} />
            </Text>
          </List.Item>
        ))}
      </List>
      {onUndo && last && canBeUndone(last) && (
        <Button
          size="compact-md"
          variant="default"
          mt="xs"
          leftSection={<Undo2 size={16} aria-hidden />}
          loading={undoing}
          onClick={onUndo}
        >
          Undo: {deedWords(last)}
        </Button>
      )}
    </>
  );
}
