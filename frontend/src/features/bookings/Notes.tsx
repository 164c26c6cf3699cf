// What a booking says: to everybody who sees its event, and to the team alone.
import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { useAct } from "./actions";
import type { Version } from "./queries";
import { Refused } from "./Refused";

export function Notes({ seen, mayWrite }: { seen: Version; mayWrite: boolean }) {
  const { booking } = seen;
  // What nobody typed in follows the booking; what is typed stays, whatever happens to the rest of it.
  const [shared, setShared] = useState<string>();
  const [own, setOwn] = useState<string>();
  const { run, doing, failure } = useAct(seen);
  const differs = (draft: string | undefined, note: string | null): draft is string =>
    draft !== undefined && draft !== (note ?? "");
  const body = {
    ...(differs(shared, booking.notes_shared) && { notes_shared: shared.trim() || null }),
    ...(differs(own, booking.notes_private) && { notes_private: own.trim() || null }),
  };
  const changed = Object.keys(body).length > 0;
  const save = async () => {
    if (!(await run({ kind: "edit", body }, "The notes are saved"))) return;
    // Except what was typed while they were on their way.
    setShared((now) => (now === shared ? undefined : now));
    setOwn((now) => (now === own ? undefined : now));
  };
  return (
    <Stack gap="xs">
      <Textarea
        label="For everybody"
        description="Written into the event in the calendars"
        autosize
        minRows={1}
        readOnly={!mayWrite}
        value={shared ?? booking.notes_shared ?? ""}
        onChange={(event) => setShared(event.currentTarget.value)}
      />
      <Textarea
        label="Private"
        description="Only your team sees it; it is in no calendar"
        autosize
        minRows={1}
        readOnly={!mayWrite}
        value={own ?? booking.notes_private ?? ""}
        onChange={(event) => setOwn(event.currentTarget.value)}
      />
      {failure && <Refused error={failure} />}
      {changed && (
        <Group justify="flex-end">
          <Button size="compact-md" loading={doing === "edit"} onClick={() => void save()}>
            Save the notes
          </Button>
        </Group>
      )}
    </Stack>
  );
}
