// How a client wants its bookings treated, in sentences.
import { Button, Fieldset, Group, MultiSelect, NumberInput, Select, Stack, Switch, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Building2 } from "lucide-react";
import { api } from "@/api/client";
import { changes, type Edited, useGuard } from "@/api/edited";
import { invalidate } from "@/api/query";
import { useMay } from "@/api/session";
import type { BookingPolicy, Confirmation, OnEdit, OnUnknown } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { useApiForm } from "@/ui/useApiForm";
import { Editing } from "./Editing";
import { PublicPagePart } from "./PublicPagePart";
import { length } from "./words";

const confirmations = [
  { value: "automatic", label: "stands at once" },
  { value: "by_hand", label: "waits until somebody says yes" },
] satisfies { value: Confirmation; label: string }[];
const unknowns = [
  { value: "accept_and_flag", label: "take the booking and mark it" },
  { value: "block", label: "offer no time" },
] satisfies { value: OnUnknown; label: string }[];
const edits = [
  { value: "ask", label: "ask somebody" },
  { value: "provider_wins", label: "the booking follows" },
  { value: "app_wins", label: "the event is put back" },
] satisfies { value: OnEdit; label: string }[];

/** Usual reminders, in minutes before the start. */
const REMINDERS = [10_080, 2_880, 1_440, 720, 120, 60, 30];

export function Policy() {
  const client = useClientScope();
  if (!client) {
    return (
      <EmptyState
        icon={Building2}
        title="Whose policy?"
        body="Each client has its own. Choose one with the switcher at the top of the page."
      />
    );
  }
  return (
    <Editing
      key={client}
      id={`policy of ${client}`}
      load={() => api.GET("/api/v1/clients/{id}/booking-policy", { params: { path: { id: client } } })}
    >
      {(edited) => <PolicyForm key={edited.etag} edited={edited} />}
    </Editing>
  );
}

const fieldsOf = (policy: BookingPolicy) => ({
  confirmation: policy.confirmation,
  hold_minutes: policy.hold_minutes,
  cancel_hours: policy.cancel_notice_minutes / 60,
  reschedule_hours: policy.reschedule_notice_minutes / 60,
  on_unknown: policy.on_unknown,
  max_staleness_s: policy.max_staleness_s ?? ("" as number | ""),
  live_check_ms: policy.live_check_ms,
  on_move: policy.on_move,
  on_delete: policy.on_delete,
  on_text: policy.on_text,
  is_public: policy.slug !== null,
  slug: policy.slug ?? "",
  embeddable: policy.embeddable,
  shows_staff: policy.shows_staff,
  email_customers: policy.email_customers,
  text_customers: policy.text_customers,
  reminders: policy.reminders.map(String),
});
export type Fields = ReturnType<typeof fieldsOf>;

const sent = ({ cancel_hours, reschedule_hours, is_public, ...rest }: Fields) => ({
  ...rest,
  slug: is_public ? rest.slug.trim() : null,
  reminders: rest.reminders.map(Number),
  cancel_notice_minutes: Math.round(cancel_hours * 60),
  reschedule_notice_minutes: Math.round(reschedule_hours * 60),
  max_staleness_s: rest.max_staleness_s === "" ? null : rest.max_staleness_s,
});

/** Hours stand in the form where the service counts minutes. */
const FIELDS: Record<string, string> = {
  cancel_notice_minutes: "cancel_hours",
  reschedule_notice_minutes: "reschedule_hours",
};

function PolicyForm({ edited }: { edited: Edited<BookingPolicy> }) {
  const queries = useQueryClient();
  const mayWrite = useMay("bookings:write", { least: "admin", whole: true });
  const guarded = useGuard(edited.etag);
  const { form, submit, sending, failure } = useApiForm<Fields>({
    initialValues: fieldsOf(edited.now),
    fieldOf: (pointer) => {
      const field = pointer.slice(1).split("/")[0] ?? "";
      return FIELDS[field] ?? field;
    },
    send: async (values) => {
      const body = changes(sent(fieldsOf(edited.now)), sent(values));
      await guarded((headers) =>
        api.PATCH("/api/v1/clients/{id}/booking-policy", {
          params: { path: { id: edited.now.client_id } },
          headers,
          body,
        }),
      );
      notifyDone("The policy is saved.");
      await invalidate(queries, "/api/v1/clients");
      await queries.invalidateQueries({ queryKey: ["edited", `policy of ${edited.now.client_id}`] });
    },
  });
  const { reminders } = form.getValues();
  const offered = [...new Set([...REMINDERS, ...reminders.map(Number)])].sort((a, b) => b - a);
  const onOff = (field: keyof Fields, label: string, description: string) => (
    <Switch label={label} description={description} {...form.getInputProps(field, { type: "checkbox" })} />
  );
  const choose = (field: keyof Fields, label: string, data: { value: string; label: string }[]) => (
    <Select label={label} data={data} allowDeselect={false} {...form.getInputProps(field)} />
  );
  return (
    <form onSubmit={submit} noValidate>
      <fieldset disabled={!mayWrite} style={{ border: 0, padding: 0, margin: 0 }}>
        <Stack maw={640}>
          {failure && <Failure error={failure} />}
          <Fieldset legend="A new booking">
            <Stack gap="sm">
              {choose("confirmation", "A new booking …", confirmations)}
              <NumberInput
                label="A time that somebody holds is kept for"
                suffix=" min"
                min={1}
                max={1440}
                {...form.getInputProps("hold_minutes")}
              />
              {choose("on_unknown", "When a calendar cannot be read …", unknowns)}
              <NumberInput
                label="Before a booking, look at the provider for at most"
                description="0: trust what was read last"
                suffix=" ms"
                min={0}
                max={20_000}
                step={500}
                {...form.getInputProps("live_check_ms")}
              />
              <NumberInput
                label="Trust what was read within the last"
                description="Empty: each calendar's own rhythm decides"
                suffix=" s"
                min={10}
                {...form.getInputProps("max_staleness_s")}
              />
            </Stack>
          </Fieldset>
          <Fieldset legend="Customers who change their minds">
            <Stack gap="sm">
              <NumberInput
                label="They may cancel until"
                suffix=" h before"
                min={0}
                {...form.getInputProps("cancel_hours")}
              />
              <NumberInput
                label="They may move it until"
                suffix=" h before"
                min={0}
                {...form.getInputProps("reschedule_hours")}
              />
              <Text size="sm" c="dimmed">
                Your own people always may.
              </Text>
            </Stack>
          </Fieldset>
          <Fieldset legend="When the event of a booking is changed at the provider">
            <Stack gap="sm">
              {choose("on_move", "Moved there:", edits)}
              {choose("on_delete", "Deleted there:", edits)}
              {choose("on_text", "Rewritten there:", edits)}
            </Stack>
          </Fieldset>
          <Fieldset legend="What customers are told">
            <Stack gap="sm">
              {onOff(
                "email_customers",
                "By e-mail",
                "Confirmed, moved, cancelled, and reminders; with a link to change it",
              )}
              {onOff(
                "text_customers",
                "By text message",
                "The same, to those with a number, if this installation can send them",
              )}
              <MultiSelect
                label="Reminders"
                description="Up to five. One that is due no more, because the booking moved or went, is not sent"
                data={offered.map((minutes) => ({ value: String(minutes), label: `${length(minutes)} before` }))}
                maxValues={5}
                {...form.getInputProps("reminders")}
              />
            </Stack>
          </Fieldset>
          <PublicPagePart form={form} saved={edited.now.slug} onOff={onOff} />
          {mayWrite && (
            <Group justify="flex-end">
              <Button type="submit" loading={sending}>
                Save the policy
              </Button>
            </Group>
          )}
        </Stack>
      </fieldset>
    </form>
  );
}
