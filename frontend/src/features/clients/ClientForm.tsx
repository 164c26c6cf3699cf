import { Button, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { isEmail, isNotEmpty } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { toApiError } from "@/api/error";
import { invalidate } from "@/api/query";
import type { Client, ClientIn, ConflictPolicy } from "@/api/types";
import { localZone } from "@/lib/time";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { ZoneSelect } from "@/ui/ZoneSelect";

const EMAIL = /^\S+@\S+\.\S+$/;

export interface ClientFormProps {
  /** The client to change, as it was read; without it a new one is made. */
  existing?: { client: Client; etag: string | null };
  onSaved: (client: Client) => void;
  onCancel?: () => void;
}

const policies = [
  { value: "ask", label: "Ask: somebody decides under Sync" },
  { value: "ours", label: "What was said here" },
  { value: "theirs", label: "What the provider says" },
] satisfies { value: ConflictPolicy; label: string }[];

const fieldsOf = (client: Client | undefined) => ({
  name: client?.name ?? "",
  email: client?.email ?? "",
  google_account_email: client?.google_account_email ?? "",
  time_zone: client?.time_zone ?? localZone(),
  notes: client?.notes ?? "",
  // A new client begins with what the service thinks best.
  ...(client ? { conflict_policy: client.conflict_policy } : {}),
});

/** Only what differs, so that somebody else's change of another field stays. */
function changes<T extends Record<string, unknown>>(before: T, after: T): Partial<T> {
  return Object.fromEntries(Object.entries(after).filter(([key, value]) => value !== before[key])) as Partial<T>;
}

export function ClientForm({ existing, onSaved, onCancel }: ClientFormProps) {
  const queries = useQueryClient();
  // What the fields began with, and the tag of the version they will be saved on.
  const [base, setBase] = useState(existing);
  const { form, submit, sending, failure } = useApiForm({
    initialValues: fieldsOf(existing?.client),
    validate: {
      name: isNotEmpty("Name the client"),
      email: isEmail("Enter an e-mail address, like info@example.com"),
      google_account_email: (value: string) =>
        value === "" || EMAIL.test(value) ? null : "Enter an e-mail address, or leave it empty",
      time_zone: isNotEmpty("Choose a time zone"),
    },
    send: async (values) => {
      const orNull = (text: string) => text.trim() || null;
      const tidy = (fields: typeof values) => ({
        ...fields,
        name: fields.name.trim(),
        email: fields.email.trim(),
        google_account_email: orNull(fields.google_account_email),
        notes: orNull(fields.notes),
      });
      const saved = base
        ? await change(base, changes(tidy(fieldsOf(base.client)), tidy(values)))
        : await add(tidy(values));
      await invalidate(queries, "/api/v1/clients", "/api/v1/dashboard");
      if (saved) onSaved(saved);
    },
  });

  const add = async (body: ClientIn) => (await api.POST("/api/v1/clients", { body })).data;

  const change = async ({ client, etag }: NonNullable<typeof base>, body: Partial<ClientIn>) => {
    const path = { id: client.id };
    try {
      const { data, response } = await api.PATCH("/api/v1/clients/{id}", {
        params: { path },
        headers: etag ? { "If-Match": etag } : {},
        body,
      });
      if (data) setBase({ client: data, etag: response.headers.get("etag") });
      return data;
    } catch (error) {
      // Somebody was faster. What was typed stays; saving again puts it on top of the client as it is now.
      if (toApiError(error).status === 412) {
        const { response } = await api.GET("/api/v1/clients/{id}", { params: { path } });
        setBase({ client, etag: response.headers.get("etag") });
      }
      throw error;
    }
  };

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
        {existing && (
          <Select
            label="When both sides changed the same"
            description="Here and at the provider, in the same field of an event. Other fields are merged by themselves"
            allowDeselect={false}
            data={policies}
            key={form.key("conflict_policy")}
            {...form.getInputProps("conflict_policy")}
          />
        )}
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
            {existing ? "Save" : "Add client"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
