// When clients are closed: whole days, or part of one.
import {
  ActionIcon,
  Button,
  Card,
  Group,
  Modal,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { isNotEmpty } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { DoorClosed, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { $api, api } from "@/api/client";
import { useClientNames, useClientZones } from "@/api/names";
import { invalidate } from "@/api/query";
import { useMay } from "@/api/session";
import type { Closure } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { dateTime } from "@/lib/time";
import { instantOf, wallOf } from "@/lib/wall";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { ForClient } from "@/ui/ForClient";
import { byPages, More } from "@/ui/More";
import { notifyDone } from "@/ui/notify";
import { useApiForm } from "@/ui/useApiForm";
import { useCatalogueActions } from "./actions";
import { Editing } from "./Editing";
import { type Edited, useGuard } from "./edited";
import { dayRange } from "./words";

const when = (one: Closure, zone: string | undefined): string =>
  one.first_day && one.last_day
    ? dayRange(one.first_day, one.last_day)
    : one.starts_at && one.ends_at
      ? `${dateTime(one.starts_at, zone)} to ${dateTime(one.ends_at, zone)}`
      : "";

export function Closures() {
  const client_id = useClientScope();
  const mayWrite = useMay("bookings:write");
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
  const closures = list.data?.pages.flatMap((page) => page.data);
  const close = () => setOpen(null);
  const saved = (one: Closure, what: string) => {
    close();
    notifyDone(`${one.name} is ${what}.`);
  };
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
      {list.error ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !closures ? (
        <Skeleton h={120} aria-busy aria-label="Loading closures" />
      ) : closures.length === 0 ? (
        <EmptyState icon={DoorClosed} title="Never closed" body="Public holidays, a summer break, an afternoon off." />
      ) : (
        <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
          {closures.map((one) => (
            <Card component="li" key={one.id} padding="md">
              <Group justify="space-between" wrap="nowrap">
                <div style={{ minWidth: 0 }}>
                  <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                    {one.name}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {[when(one, zones?.get(one.client_id)), names.data?.get(one.client_id)].filter(Boolean).join(" · ")}
                  </Text>
                </div>
                {mayWrite && (
                  <Group gap={4} wrap="nowrap">
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={`Edit ${one.name}`}
                      onClick={() => setOpen(one)}
                    >
                      <Pencil size={16} aria-hidden />
                    </ActionIcon>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={`Remove ${one.name}`}
                      onClick={() => void removeClosure(one)}
                    >
                      <Trash2 size={16} aria-hidden />
                    </ActionIcon>
                  </Group>
                )}
              </Group>
            </Card>
          ))}
        </Stack>
      )}
      <More list={list} />
      <Modal
        opened={open !== null}
        onClose={close}
        title={open === "new" ? "Add closure" : open && `Edit ${open.name}`}
      >
        {open === "new" ? (
          <ForClient>
            {(client) => (
              <ClosureForm key={client} client={client} onCancel={close} onSaved={(one) => saved(one, "added")} />
            )}
          </ForClient>
        ) : (
          open && (
            <Editing id={open.id} load={() => api.GET("/api/v1/closures/{id}", { params: { path: { id: open.id } } })}>
              {(edited) => (
                <ClosureForm
                  client={open.client_id}
                  existing={edited}
                  onCancel={close}
                  onSaved={(one) => saved(one, "saved")}
                />
              )}
            </Editing>
          )
        )}
      </Modal>
    </>
  );
}

interface ClosureFormProps {
  client: string;
  existing?: Edited<Closure>;
  onSaved: (closure: Closure) => void;
  onCancel: () => void;
}

/** Times are those of the client's clock, wherever the person is who enters them. */
function ClosureForm(props: ClosureFormProps) {
  const zone = useClientZones()?.get(props.client);
  return zone ? <InZone {...props} zone={zone} /> : <Skeleton h={300} aria-busy aria-label="Loading" />;
}

function InZone({ client, existing, onSaved, onCancel, zone }: ClosureFormProps & { zone: string }) {
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
