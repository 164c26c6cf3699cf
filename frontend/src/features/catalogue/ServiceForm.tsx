import {
  ActionIcon,
  Button,
  Card,
  ColorInput,
  Fieldset,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { isNotEmpty } from "@mantine/form";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { api } from "@/api/client";
import { changes, type Edited, orNull, useGuard } from "@/api/edited";
import { every, invalidate } from "@/api/query";
import type { Assignment, Service, ServiceIn, Staff } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { terms } from "./words";

/** Everybody who works there or did: a service may still name who is archived. */
export const everybodyQuery = (client_id: string | undefined) =>
  queryOptions({
    queryKey: ["get", "/api/v1/staff", "everybody", client_id ?? null] as const,
    queryFn: ({ signal }): Promise<Staff[]> =>
      every((cursor) =>
        api.GET("/api/v1/staff", { params: { query: { client_id, state: "all", limit: 500, cursor } }, signal }),
      ),
    staleTime: 60_000,
  });

const assignments = [
  { value: "any", label: "The first who is free, in this order" },
  { value: "round_robin", label: "Whoever's turn it is" },
  { value: "all_together", label: "All of them together" },
] satisfies { value: Assignment; label: string }[];

const fieldsOf = (service: Service | undefined) => ({
  name: service?.name ?? "",
  description: service?.description ?? "",
  location: service?.location ?? "",
  price_text: service?.price_text ?? "",
  colour: service?.colour ?? "",
  duration_minutes: service?.duration_minutes ?? 60,
  before_minutes: service?.before_minutes ?? 0,
  after_minutes: service?.after_minutes ?? 0,
  capacity: service?.capacity ?? 1,
  notice_minutes: service?.notice_minutes ?? 120,
  horizon_days: service?.horizon_days ?? 60,
  daily_limit: service?.daily_limit ?? ("" as number | ""),
  step_minutes: service?.step_minutes ?? 15,
  assignment: service?.assignment ?? ("any" as Assignment),
  staff_ids: service?.staff_ids ?? [],
  is_public: service?.is_public ?? false,
  variants: (service?.variants ?? []).map((one) => ({ ...one, price_text: one.price_text ?? "" })),
});

type Fields = ReturnType<typeof fieldsOf>;

const sent = (fields: Fields): Omit<ServiceIn, "client_id"> => ({
  ...fields,
  name: fields.name.trim(),
  description: orNull(fields.description),
  location: orNull(fields.location),
  price_text: orNull(fields.price_text),
  colour: orNull(fields.colour),
  daily_limit: fields.daily_limit === "" ? null : fields.daily_limit,
  variants: fields.variants.map((one) => ({ ...one, price_text: orNull(one.price_text) })),
});

export interface ServiceFormProps {
  client: string;
  /** The service to change; without it a new one is made. */
  existing?: Edited<Service>;
  onSaved: (service: Service) => void;
  onCancel: () => void;
}

export function ServiceForm({ client, existing, onSaved, onCancel }: ServiceFormProps) {
  const queries = useQueryClient();
  const guarded = useGuard(existing?.etag);
  const { data: staff } = useQuery(everybodyQuery(client));
  const { form, submit, sending, failure } = useApiForm<Fields>({
    initialValues: fieldsOf(existing?.now),
    validate: { name: isNotEmpty("Name the service") },
    fieldOf: (pointer) =>
      pointer
        .slice(1)
        .replaceAll("/", ".")
        .replace(/^staff_ids\..*/, "staff_ids"),
    send: async (values) => {
      const { data } = existing
        ? await guarded((headers) =>
            api.PATCH("/api/v1/services/{id}", {
              params: { path: { id: existing.now.id } },
              headers,
              body: changes(sent(fieldsOf(existing.now)), sent(values)),
            }),
          )
        : await api.POST("/api/v1/services", { body: { ...sent(values), client_id: client } });
      await invalidate(queries, "/api/v1/services");
      if (data) onSaved(data);
    },
  });
  const values = form.getValues();
  const minutes = (field: "duration_minutes" | "before_minutes" | "after_minutes" | "step_minutes", label: string) => (
    <NumberInput
      label={label}
      suffix=" min"
      min={field === "duration_minutes" || field === "step_minutes" ? 1 : 0}
      max={1440}
      step={5}
      allowDecimal={false}
      {...form.getInputProps(field)}
    />
  );
  // Who is archived cannot be added, only seen and taken away.
  const offered = staff?.filter((one) => !one.archived_at || values.staff_ids.includes(one.id)) ?? [];
  // A number that is being typed is no number for a moment.
  const said = [values.duration_minutes, values.notice_minutes, values.horizon_days].every(Number.isFinite);

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure && <Failure error={failure} />}
        <TextInput label="Name" placeholder="Check-up" required data-autofocus {...form.getInputProps("name")} />
        <Card bg="var(--mantine-color-default-hover)" p="sm" aria-live="polite">
          <Text size="sm" fw={600}>
            {said ? terms({ ...values, daily_limit: values.daily_limit === "" ? null : values.daily_limit }) : "…"}
          </Text>
        </Card>
        <Fieldset legend="Time">
          <SimpleGrid cols={{ base: 2, sm: 4 }}>
            {minutes("duration_minutes", "Duration")}
            {minutes("before_minutes", "Free before")}
            {minutes("after_minutes", "Free after")}
            {minutes("step_minutes", "Offered every")}
          </SimpleGrid>
        </Fieldset>
        <Fieldset legend="How it can be booked">
          <SimpleGrid cols={{ base: 2, sm: 4 }}>
            <NumberInput label="Places" min={1} max={500} {...form.getInputProps("capacity")} />
            <NumberInput label="Notice" suffix=" min" min={0} step={60} {...form.getInputProps("notice_minutes")} />
            <NumberInput label="Days ahead" min={0} max={1500} {...form.getInputProps("horizon_days")} />
            <NumberInput label="Most a day" placeholder="No limit" min={1} {...form.getInputProps("daily_limit")} />
          </SimpleGrid>
        </Fieldset>
        <Fieldset legend="Who does it">
          <Stack gap="sm">
            <MultiSelect
              label="Staff"
              description={
                staff?.every((one) => one.archived_at)
                  ? "Nobody works here yet: add people under Staff. Without anybody it cannot be booked."
                  : "In the order of preference"
              }
              searchable
              data={offered.map((one) => ({
                value: one.id,
                label: one.archived_at ? `${one.name} (archived)` : one.name,
              }))}
              {...form.getInputProps("staff_ids")}
            />
            {values.staff_ids.length > 1 && (
              <Select
                label="A booking goes to"
                allowDeselect={false}
                data={assignments}
                {...form.getInputProps("assignment")}
              />
            )}
          </Stack>
        </Fieldset>
        <Fieldset legend="Variants">
          <Stack gap="sm">
            {values.variants.map((variant, index) => (
              <Group key={variant.id} align="flex-end" gap="xs">
                <TextInput
                  label="Name"
                  style={{ flex: "1 1 8rem" }}
                  {...form.getInputProps(`variants.${index}.name`)}
                />
                <NumberInput
                  label="Duration"
                  suffix=" min"
                  min={1}
                  max={1440}
                  w={110}
                  {...form.getInputProps(`variants.${index}.duration_minutes`)}
                />
                <TextInput label="Price" w={110} {...form.getInputProps(`variants.${index}.price_text`)} />
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={`Remove the variant ${variant.name || index + 1}`}
                  onClick={() => form.removeListItem("variants", index)}
                >
                  <X size={16} aria-hidden />
                </ActionIcon>
              </Group>
            ))}
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<Plus size={14} aria-hidden />}
              style={{ alignSelf: "flex-start" }}
              onClick={() =>
                form.insertListItem("variants", {
                  id: crypto.randomUUID().slice(0, 8),
                  name: "",
                  duration_minutes: values.duration_minutes,
                  price_text: "",
                })
              }
            >
              Add a shorter or longer one
            </Button>
          </Stack>
        </Fieldset>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput label="Price" placeholder="80 €" {...form.getInputProps("price_text")} />
          <TextInput label="Where" placeholder="Room 2" {...form.getInputProps("location")} />
        </SimpleGrid>
        <Textarea
          label="Description"
          description="Customers may read it"
          autosize
          minRows={2}
          {...form.getInputProps("description")}
        />
        <ColorInput label="Colour" maw={220} format="hex" withEyeDropper={false} {...form.getInputProps("colour")} />
        <Switch
          label="On the public booking page"
          description="Customers can book it themselves, if the client has such a page"
          {...form.getInputProps("is_public", { type: "checkbox" })}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={sending}>
            {existing ? "Save" : "Add service"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
