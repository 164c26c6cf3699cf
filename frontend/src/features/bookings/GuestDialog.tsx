// Somebody else comes than was said.
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { type ApiError, toApiError } from "@/api/error";
import { notifyDone } from "@/ui/notify";
import { useFocusBack } from "@/ui/useFocusBack";
import { useAct } from "./actions";
import type { DialogProps } from "./dialogs";
import { type Guest, GuestPicker } from "./GuestPicker";
import { Refused } from "./Refused";

export function GuestDialog({ seen, onClose }: DialogProps) {
  const { booking } = seen;
  useFocusBack();
  const { customer, client_id } = booking;
  const [guest, setGuest] = useState<Guest>({ kind: "known", id: customer?.id ?? null, label: customer?.name ?? "" });
  const [refused, setRefused] = useState<ApiError | null>(null);
  const { run, failure } = useAct(seen);
  const [sending, setSending] = useState(false);
  const wrong = Object.fromEntries(refused?.errors.map(({ pointer, detail }) => [pointer.slice(1), detail]) ?? []);
  /** Somebody new is made first; the booking names who that is. */
  const idOf = async (): Promise<string | null> => {
    if (guest.kind === "known") return guest.id;
    const { name, phone, email } = guest;
    const body = { client_id, name: name.trim(), phone: phone.trim() || null, email: email.trim() || null };
    const { data } = await api.POST("/api/v1/customers", { body });
    if (!data) throw new Error("empty answer");
    setGuest({ kind: "known", id: data.id, label: data.name });
    return data.id;
  };
  const send = async () => {
    setRefused(null);
    setSending(true);
    try {
      const customer_id = await idOf();
      if (!(await run({ kind: "edit", body: { customer_id } }, "Somebody else comes"))) return;
      notifyDone("The booking says who comes.");
      onClose();
    } catch (thrown) {
      setRefused(toApiError(thrown));
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Who comes?">
      <Stack>
        <GuestPicker client={client_id} guest={guest} onGuest={setGuest} wrong={wrong} />
        {(refused ?? failure) && <Refused error={refused ?? failure} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={guest.kind === "new" && guest.name.trim() === ""}
            loading={sending}
            onClick={() => void send()}
          >
            Save
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
