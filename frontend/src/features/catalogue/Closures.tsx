// When clients are closed: whole days, or part of one.
import { Button, Group, SegmentedControl, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { isNotEmpty } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { DoorClosed, Plus } from "lucide-react";
import { useState } from "react";
import { $api, api } from "@/api/client";
import { useGuard } from "@/api/edited";
import { useClientNames, useClientZones } from "@/api/names";
import { invalidate } from "@/api/query";
import { useMay } from "@/api/session";
import type { Closure } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { dateTime } from "@/lib/time";
import { instantOf, wallOf } from "@/lib/wall";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { byPages } from "@/ui/More";
import { useApiForm } from "@/ui/useApiForm";
import { useCatalogueActions } from "./actions";
import { Cards, EditDialog, type FormProps, NamedCard } from "./Cards";
import { dayRange } from "./words";

const when = (one: Closure, zone: string | undefined): string =>
  one.first_day && one.last_day
    ? dayRange(one.first_day, one.last_day)
    : one.starts_at && one.ends_at
      ? `${dateTime(one.starts_at, zone)} to ${dateTime(one.ends_at, zone)}`
      : "";

export function Closures() {
  const client_id = useClientScope();
  const mayWrite = useMay("bookings:write", { least: "admin", whole: true });
  const [open, setOpen] = useState<Closure | "new" | null>(null);
  const names = useClientNames(client_id === undefined);
  const zones = useClientZones();
  const { removeClosure } = useCatalogueActions();
  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/closures",
    { params: { query: { client_id, limit: 50 } } },
    byPages,
  );
  return (
    <>
      <Group mb="md" justify="space-between">
        <Text size="sm" c="dimmed">
          Nothing can be booked then, whoever works. Bookings that are there already stay.
        </Text>
        {mayWrite && (
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setOpen("new")}>
            Add closure
          </Button>
        )}
      </Group>
      <Cards
        list={list}
        what="closures"
        empty={
          <EmptyState
            icon={DoorClosed}
            title="Never closed"
            body="Public holidays, a summer break, an afternoon off."
          />
        }
      >
        {(one) => (
          <NamedCard
            name={one.name}
            facts={[when(one, zones?.get(one.client_id)), names.data?.get(one.client_id)]}
            deeds={
              mayWrite
                ? { onEdit: () => setOpen(one), remove: "Remove", onRemove: () => void removeClosure(one) }
                : undefined
            }
          />
        )}
      </Cards>
      <EditDialog
        open={open}
        what="closure"
        load={(id) => api.GET("/api/v1/closures/{id}", { params: { path: { id } } })}
        onClose={() => setOpen(null)}
      >
        {(props) => <ClosureForm {...props} />}
      </EditDialog>
    </>
  );
}

/** Times are those of the client's clock, wherever the person is who enters them. */
function ClosureForm(props: FormProps<Closure>) {
  const zone = useClientZones()?.get(props.client);
  return zone ? <InZone {...props} zone={zone} /> : <Skeleton h={300} aria-busy aria-label="Loading" />;
}

function InZone({ client, existing, onSaved, onCancel, zone }: FormProps<Closure> & { zone: string }) {
  const field = (instant: string | null | undefined) => (instant ? wallOf(instant, zone).slice(0, 16) : "");
  const instant = (text: string) => (text ? instantOf(text, zone) : null);
  const queries = useQueryClient();
  const guarded = useGuard(existing?.etag);
  const now = existing?.now;
  const [kind, setKind] = useState(now?.starts_at ? "moments" : "days");
  const days = kind === "days";
  const { form, submit, sending, failure } = useApiForm({
    initialValues: {
      name: now?.name ?? "",
      first_day: now?.first_day ?? "",
      last_day: now?.last_day ?? "",
      starts_at: field(now?.starts_at),
      ends_at: field(now?.ends_at),
    },
    validate: { name: isNotEmpty("Name it, for instance “Christmas”") },
    send: async (values) => {
      const body = {
        name: values.name.trim(),
        first_day: days ? values.first_day || null : null,
        last_day: days ? values.last_day || null : null,
        starts_at: days ? null : instant(values.starts_at),
        ends_at: days ? null : instant(values.ends_at),
      };
      const { data } = now
        ? await guarded((headers) =>
            api.PATCH("/api/v1/closures/{id}", { params: { path: { id: now.id } }, headers, body }),
          )
        : await api.POST("/api/v1/closures", { body: { ...body, client_id: client } });
      await invalidate(queries, "/api/v1/closures");
      if (data) onSaved(data);
    },
    // What is missing is said of days; it belongs to what is shown.
    fieldOf: (pointer) => {
      const name = pointer.slice(1);
      return name === "first_day" && !days ? "starts_at" : name;
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure && <Failure error={failure} />}
        <TextInput label="Name" placeholder="Christmas" required data-autofocus {...form.getInputProps("name")} />
        <SegmentedControl
          aria-label="How long"
          data={[
            { value: "days", label: "Whole days" },
            { value: "moments", label: "Part of a day" },
          ]}
          value={kind}
          onChange={setKind}
        />
        {days ? (
          <Group grow align="flex-start">
            <TextInput type="date" label="First day" required {...form.getInputProps("first_day")} />
            <TextInput
              type="date"
              label="Last day"
              description="Closed, too"
              inputWrapperOrder={["label", "input", "description", "error"]}
              {...form.getInputProps("last_day")}
            />
          </Group>
        ) : (
          <Group grow align="flex-start">
            <TextInput type="datetime-local" label="From" required {...form.getInputProps("starts_at")} />
            <TextInput type="datetime-local" label="To" required {...form.getInputProps("ends_at")} />
          </Group>
        )}
        <Text size="sm" c="dimmed">
          {days ? "Days" : "Times"} as in {zone.replaceAll("_", " ")}, where the client is.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={sending}>
            {existing ? "Save" : "Add closure"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
