// What a booking says: to everybody who sees its event, and to the team alone.
import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { useAct } from "./actions";
import type { Version } from "./queries";
import { Refused } from "./Refused";

export function Notes({ seen, mayWrite }: { seen: Version; mayWrite: boolean }) {
  const { booking } = seen;
  const [shared, setShared] = useState(booking.notes_shared ?? "");
  const [own, setOwn] = useState(booking.notes_private ?? "");
  const { run, doing, failure } = useAct(seen);
  const body = {
    ...(shared !== (booking.notes_shared ?? "") && { notes_shared: shared.trim() || null }),
    ...(own !== (booking.notes_private ?? "") && { notes_private: own.trim() || null }),
  };
  const changed = Object.keys(body).length > 0;
  return (
    <Stack gap="xs">
      <Textarea
        label="For everybody"
        description="Written into the event in the calendars"
        autosize
        minRows={1}
        readOnly={!mayWrite}
        value={shared}
        onChange={(event) => setShared(event.currentTarget.value)}
      />
      <Textarea
        label="Private"
        description="Only your team sees it; it is in no calendar"
        autosize
        minRows={1}
        readOnly={!mayWrite}
        value={own}
        onChange={(event) => setOwn(event.currentTarget.value)}
      />
      {failure && <Refused error={failure} />}
      {changed && (
        <Group justify="flex-end">
          <Button
            size="compact-md"
            loading={doing === "edit"}
            onClick={() => void run({ kind: "edit", body }, "The notes are saved")}
          >
            Save the notes
          </Button>
        </Group>
      )}
    </Stack>
  );
}
