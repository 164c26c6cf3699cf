// What is to be done to many events at once. Nothing is done here: it leads to a plan that is looked at.
import {
  Alert,
  Button,
  Checkbox,
  Fieldset,
  Group,
  Modal,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CloudOff, Undo2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useWritableCalendars } from "@/api/calendars";
import { api } from "@/api/client";
import { useConnection } from "@/api/connection";
import { invalidate } from "@/api/query";
import type { OperationIn } from "@/api/types";
import { CalendarSelect } from "@/ui/CalendarSelect";
import { Failure } from "@/ui/Failure";
import { useFocusBack } from "@/ui/useFocusBack";
import { type EditFields, EMPTY, editOf } from "./bulk-edit";

export interface EditManyDialogProps {
  deed: "change" | "delete";
  selection: OperationIn["selection"];
  /** “12 events”, “all events that match”. */
  what: string;
  /** What has to be known before. */
  notes: readonly string[];
  client: string | undefined;
  onClose: () => void;
}

export function EditManyDialog({ deed, selection, what, notes, client, onClose }: EditManyDialogProps) {
  useFocusBack();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { reachable } = useConnection();
  const calendars = useWritableCalendars(client);
  const [fields, setFields] = useState<EditFields>(EMPTY);
  const [notify, setNotify] = useState<OperationIn["notify"]>("none");
  const [missing, setMissing] = useState(false);
  const set = (change: Partial<EditFields>) => {
    setMissing(false);
    setFields((old) => ({ ...old, ...change }));
  };
  const title = `${deed === "delete" ? "Delete" : "Change"} ${what}`;
  const plan = useMutation({
    mutationFn: async (edit: OperationIn["edit"]) => {
      const { data } = await api.POST("/api/v1/operations", { body: { title, selection, edit, notify } });
      if (!data) throw new Error("empty answer");
      return data;
    },
    onSuccess: async ({ id }) => {
      await invalidate(queries, "/api/v1/operations");
      await navigate({ to: "/bulk/$operationId", params: { operationId: id } });
    },
    meta: { handled: true },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const edit = deed === "delete" ? { delete: true } : editOf(fields);
    if (edit) plan.mutate(edit);
    else setMissing(true);
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={title}>
      <form onSubmit={submit} noValidate>
        <Stack>
          {deed === "change" && (
            <>
              <Text size="sm">What you leave empty stays as it is. Of a series, all its dates change.</Text>
              <SimpleGrid cols={{ base: 1, sm: 2 }}>
                <TextInput
                  label="Before each title"
                  placeholder="Moved: "
                  value={fields.prefix}
                  onChange={(event) => set({ prefix: event.currentTarget.value })}
                />
                <TextInput
                  label="Another title for all"
                  value={fields.title}
                  onChange={(event) => set({ title: event.currentTarget.value })}
                />
                <Stack gap={6}>
                  <TextInput
                    label="Place"
                    disabled={fields.noLocation}
                    value={fields.location}
                    onChange={(event) => set({ location: event.currentTarget.value })}
                  />
                  <Checkbox
                    label="Remove the place"
                    checked={fields.noLocation}
                    onChange={(event) => set({ noLocation: event.currentTarget.checked })}
                  />
                </Stack>
                <Textarea
                  label="Description"
                  autosize
                  minRows={2}
                  maxRows={6}
                  value={fields.description}
                  onChange={(event) => set({ description: event.currentTarget.value })}
                />
              </SimpleGrid>
              <Fieldset legend="Move in time">
                <Group gap="xs" align="flex-end">
                  <NumberInput
                    label="By"
                    min={0}
                    max={10_000}
                    allowDecimal={false}
                    w={90}
                    value={fields.amount}
                    onChange={(amount) => set({ amount })}
                  />
                  <Select
                    label="Unit"
                    allowDeselect={false}
                    w={130}
                    data={[
                      { value: "minute", label: "minutes" },
                      { value: "hour", label: "hours" },
                      { value: "day", label: "days" },
                      { value: "week", label: "weeks" },
                    ]}
                    value={fields.unit}
                    onChange={(unit) => set({ unit: unit as EditFields["unit"] })}
                  />
                  <Select
                    label="Direction"
                    allowDeselect={false}
                    w={120}
                    data={[
                      { value: "later", label: "later" },
                      { value: "earlier", label: "earlier" },
                    ]}
                    value={fields.direction}
                    onChange={(direction) => set({ direction: direction as EditFields["direction"] })}
                  />
                </Group>
                <Text size="xs" c="dimmed" mt={6}>
                  On the face of the clock: nine o’clock stays nine o’clock across a clock change.
                </Text>
              </Fieldset>
              <CalendarSelect
                label="Into another calendar"
                calendars={calendars}
                value={fields.calendar}
                onChange={(calendar) => set({ calendar })}
              />
            </>
          )}
          <Select
            label="Mails to guests"
            allowDeselect={false}
            data={[
              { value: "none", label: "Nobody" },
              { value: "external", label: "Only guests from outside" },
              { value: "all", label: "All guests" },
            ]}
            value={notify ?? "none"}
            onChange={(value) => setNotify(value as OperationIn["notify"])}
          />
          {notes.map((note) => (
            <Text size="sm" key={note}>
              {note}
            </Text>
          ))}
          {reachable ? (
            <Alert icon={<Undo2 aria-hidden />} variant="light">
              <Text size="sm">
                Next you see what would {deed === "delete" ? "go" : "change"}, event by event. What is applied can be
                undone.
              </Text>
            </Alert>
          ) : (
            <Alert color="yellow" icon={<CloudOff aria-hidden />} title="Not without the network">
              <Text size="sm">A plan is made by the service, and it does not answer now.</Text>
            </Alert>
          )}
          {missing && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              Fill in what is to change.
            </Text>
          )}
          {plan.error && <Failure error={plan.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={plan.isPending} disabled={!reachable}>
              Look at the plan
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
