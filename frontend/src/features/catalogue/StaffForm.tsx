import {
  Button,
  Checkbox,
  ColorInput,
  Fieldset,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { isNotEmpty } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { $api, api } from "@/api/client";
import { changes, type Edited, orNull, useGuard } from "@/api/edited";
import { invalidate } from "@/api/query";
import type { Calendar, Staff } from "@/api/types";
import { CalendarName } from "@/ui/CalendarToggles";
import { Failure } from "@/ui/Failure";
import { providerNames } from "@/ui/status";
import { useApiForm } from "@/ui/useApiForm";

const fieldsOf = (staff: Staff | undefined) => ({
  name: staff?.name ?? "",
  email: staff?.email ?? "",
  phone: staff?.phone ?? "",
  colour: staff?.colour ?? "",
  calendars: staff?.calendars ?? [],
  target_calendar_id: staff?.target_calendar_id ?? null,
});
type Fields = ReturnType<typeof fieldsOf>;
const sent = (fields: Fields) => ({
  ...fields,
  name: fields.name.trim(),
  email: orNull(fields.email),
  phone: orNull(fields.phone),
  colour: orNull(fields.colour),
});
const writable = (calendar: Calendar) => calendar.access_role === "owner" || calendar.access_role === "writer";

export interface StaffFormProps {
  client: string;
  /** Somebody to change; without them somebody new is added. */
  existing?: Edited<Staff>;
  onSaved: (staff: Staff) => void;
  onCancel?: () => void;
}

export function StaffForm({ client, existing, onSaved, onCancel }: StaffFormProps) {
  const queries = useQueryClient();
  const guarded = useGuard(existing?.etag);
  const list = $api.useQuery("get", "/api/v1/calendars", { params: { query: { client_id: client, limit: 500 } } });
  const calendars = list.data?.data ?? [];
  const { form, submit, sending, failure } = useApiForm<Fields>({
    initialValues: fieldsOf(existing?.now),
    validate: { name: isNotEmpty("What are they called?") },
    fieldOf: (pointer) =>
      pointer
        .slice(1)
        .replaceAll("/", ".")
        .replace(/^calendars\..*/, "calendars"),
    send: async (values) => {
      const { data } = existing
        ? await guarded((headers) =>
            api.PATCH("/api/v1/staff/{id}", {
              params: { path: { id: existing.now.id } },
              headers,
              body: changes(sent(fieldsOf(existing.now)), sent(values)),
            }),
          )
        : await api.POST("/api/v1/staff", { body: { ...sent(values), client_id: client } });
      await invalidate(queries, "/api/v1/staff");
      if (data) onSaved(data);
    },
  });
  const values = form.getValues();
  const toggle = (id: string, part: "blocks" | "receives", on: boolean) => {
    const now = values.calendars.find((one) => one.calendar_id === id);
    const next = { calendar_id: id, blocks: false, receives: false, ...now, [part]: on };
    const others = values.calendars.filter((one) => one.calendar_id !== id);
    form.setFieldValue("calendars", next.blocks || next.receives ? [...others, next] : others);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure && <Failure error={failure} />}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput label="Name" required data-autofocus={!existing} {...form.getInputProps("name")} />
          <TextInput label="E-mail" type="email" {...form.getInputProps("email")} />
          <TextInput label="Phone" type="tel" {...form.getInputProps("phone")} />
          <ColorInput label="Colour" format="hex" withEyeDropper={false} {...form.getInputProps("colour")} />
        </SimpleGrid>
        <Fieldset legend="Calendars">
          {calendars.length === 0 ? (
            <Text size="sm" c="dimmed">
              {list.data
                ? "This client has no calendar yet. Without one only bookings make them busy."
                : "Reading the client's calendars…"}
            </Text>
          ) : (
            <Stack gap="sm">
              {calendars.map((calendar) => {
                const now = values.calendars.find((one) => one.calendar_id === calendar.id);
                return (
                  <Group key={calendar.id} justify="space-between" gap="xs" role="group" aria-label={calendar.name}>
                    <div style={{ minWidth: 0, flex: "1 1 10rem" }}>
                      <CalendarName calendar={calendar} />
                      <Text size="xs" c="dimmed">
                        {providerNames[calendar.provider]}
                        {!writable(calendar) && " · read only: it cannot get bookings"}
                      </Text>
                    </div>
                    <Group gap="md">
                      <Checkbox
                        label="Makes busy"
                        checked={now?.blocks ?? false}
                        onChange={(event) => toggle(calendar.id, "blocks", event.currentTarget.checked)}
                      />
                      <Checkbox
                        label="Gets bookings"
                        checked={now?.receives ?? false}
                        disabled={!writable(calendar)}
                        onChange={(event) => toggle(calendar.id, "receives", event.currentTarget.checked)}
                      />
                    </Group>
                  </Group>
                );
              })}
              {form.errors.calendars && (
                <Text size="sm" c="red" role="alert">
                  {form.errors.calendars}
                </Text>
              )}
              <Select
                label="Bookings are written to"
                description="Where they go if a booking says nothing else"
                placeholder="No calendar"
                clearable
                data={calendars.filter(writable).map((one) => ({ value: one.id, label: one.name }))}
                {...form.getInputProps("target_calendar_id")}
              />
            </Stack>
          )}
        </Fieldset>
        <Group justify="flex-end">
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Button type="submit" loading={sending}>
            {existing ? "Save" : "Add staff member"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
