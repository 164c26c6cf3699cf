import { Button, ColorInput, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { invalidate } from "@/api/query";
import type { Credential } from "@/api/types";
import { localZone } from "@/lib/time";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { providerNames } from "@/ui/status";
import { useApiForm } from "@/ui/useApiForm";
import { useFocusBack } from "@/ui/useFocusBack";
import { ZoneSelect } from "@/ui/ZoneSelect";
import { swatches } from "./access";

/** Makes a calendar at the provider. */
export function NewCalendar({ credentials, onClose }: { credentials: Credential[]; onClose: () => void }) {
  useFocusBack();
  const queries = useQueryClient();
  const { form, sending, failure, submit } = useApiForm({
    initialValues: {
      credential_id: credentials[0]?.id ?? "",
      name: "",
      description: "",
      time_zone: localZone(),
      colour: "",
    },
    validate: { name: (value) => (value.trim() ? null : "Give it a name.") },
    send: async (values) => {
      const owner = credentials.find((one) => one.id === values.credential_id);
      if (!owner) return;
      await api.POST("/api/v1/clients/{id}/calendars", {
        params: { path: { id: owner.client_id } },
        body: {
          credential_id: owner.id,
          name: values.name.trim(),
          description: values.description.trim() || null,
          time_zone: values.time_zone,
          colour: values.colour || null,
        },
      });
      await invalidate(queries, "/api/v1/calendars", "/api/v1/clients", "/api/v1/dashboard");
      notifyDone(`${values.name.trim()} was created.`);
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title="New calendar" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Select
            label="Account"
            allowDeselect={false}
            data={credentials.map((one) => ({
              value: one.id,
              label: `${one.label || one.account_email || one.username || "Account"} (${providerNames[one.provider]})`,
            }))}
            {...form.getInputProps("credential_id")}
          />
          <TextInput label="Name" required data-autofocus maxLength={255} {...form.getInputProps("name")} />
          <Textarea label="Description" autosize minRows={2} {...form.getInputProps("description")} />
          <ZoneSelect label="Time zone" allowDeselect={false} {...form.getInputProps("time_zone")} />
          <ColorInput
            label="Colour"
            eyeDropperButtonProps={{ "aria-label": "Pick a colour from the screen" }}
            swatches={swatches}
            format="hex"
            {...form.getInputProps("colour")}
          />
          {failure && <Failure error={failure} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={sending}>
              Create calendar
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
