import { Button, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { isEmail, isNotEmpty } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { invalidate } from "@/api/query";
import type { Client } from "@/api/types";
import { localZone } from "@/lib/time";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { ZoneSelect } from "@/ui/ZoneSelect";

const EMAIL = /^\S+@\S+\.\S+$/;

export interface ClientFormProps {
  /** The client to change; without it a new one is made. */
  client?: Client;
  onSaved: (client: Client) => void;
  onCancel?: () => void;
}

export function ClientForm({ client, onSaved, onCancel }: ClientFormProps) {
  const queries = useQueryClient();
  const { form, submit, sending, failure } = useApiForm({
    initialValues: {
      name: client?.name ?? "",
      email: client?.email ?? "",
      google_account_email: client?.google_account_email ?? "",
      time_zone: client?.time_zone ?? localZone(),
      notes: client?.notes ?? "",
    },
    validate: {
      name: isNotEmpty("Name the client"),
      email: isEmail("Enter an e-mail address, like info@example.com"),
      google_account_email: (value: string) =>
        value === "" || EMAIL.test(value) ? null : "Enter an e-mail address, or leave it empty",
      time_zone: isNotEmpty("Choose a time zone"),
    },
    send: async (values) => {
      const body = {
        ...values,
        name: values.name.trim(),
        email: values.email.trim(),
        google_account_email: values.google_account_email.trim() || null,
        notes: values.notes.trim() || null,
      };
      const { data } = client
        ? await api.PATCH("/api/v1/clients/{id}", {
            params: { path: { id: client.id } },
            // Somebody else's change meanwhile is not overwritten: the service answers 412.
            headers: { "If-Match": `"${client.revision}"` },
            body,
          })
        : await api.POST("/api/v1/clients", { body });
      await invalidate(queries, "/api/v1/clients", "/api/v1/dashboard");
      if (data) onSaved(data);
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure && <Failure error={failure} />}
        <TextInput
          label="Name"
          description="The business whose calendars you manage"
          required
          data-autofocus
          maxLength={200}
          key={form.key("name")}
          {...form.getInputProps("name")}
        />
        <TextInput
          label="E-mail"
          description="Must be the client's own; two clients cannot share one"
          type="email"
          required
          key={form.key("email")}
          {...form.getInputProps("email")}
        />
        <ZoneSelect
          label="Time zone"
          description="How this client's calendar is shown"
          required
          allowDeselect={false}
          key={form.key("time_zone")}
          {...form.getInputProps("time_zone")}
        />
        <TextInput
          label="Google account"
          description="Optional. When set, connecting any other Google account is refused"
          type="email"
          placeholder="calendar@example.com"
          key={form.key("google_account_email")}
          {...form.getInputProps("google_account_email")}
        />
        <Textarea
          label="Notes"
          description="Only your team sees them"
          autosize
          minRows={2}
          maxRows={8}
          key={form.key("notes")}
          {...form.getInputProps("notes")}
        />
        <Group justify="flex-end">
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Button type="submit" loading={sending}>
            {client ? "Save" : "Add client"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
