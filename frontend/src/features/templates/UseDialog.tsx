// A template put to use: where, from when, how often. It leads to a plan that is looked at.
import {
  Button,
  FileInput,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useWritableCalendars } from "@/api/calendars";
import { api } from "@/api/client";
import { invalidate } from "@/api/query";
import type { Template } from "@/api/types";
import { sendFile } from "@/api/upload";
import { useClientScope } from "@/lib/client-scope";
import { count } from "@/lib/count";
import { localZone } from "@/lib/time";
import { addDays, isDay, todayIn } from "@/lib/wall";
import { useCalendarChoices } from "@/ui/CalendarSelect";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { useFocusBack } from "@/ui/useFocusBack";

export function UseDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  useFocusBack();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const calendars = useWritableCalendars(useClientScope());
  const data = useCalendarChoices(calendars);
  const { form, submit, sending, failure } = useApiForm({
    initialValues: {
      calendar_ids: [] as string[],
      start: addDays(todayIn(localZone()), 1),
      count: 1 as number | string,
      every_days: 7 as number | string,
      rows: null as File | null,
      notify: "none" as "none" | "external" | "all",
    },
    validate: {
      calendar_ids: (ids, { rows }) =>
        ids.length === 0 && !rows ? "Choose at least one calendar, or a table that names them" : null,
      start: (day) => (isDay(day) ? null : "Choose a day"),
      count: (n) => (typeof n === "number" && n >= 1 ? null : "At least one"),
      every_days: (n) => (typeof n === "number" && n >= 1 ? null : "At least one"),
    },
    fieldOf: (pointer) => pointer.slice(1).split("/")[0] ?? "",
    send: async ({ rows, count, every_days, ...values }) => {
      const filled = rows && (await sendFile(rows, "csv", () => {}).answer);
      const { data: operation } = await api.POST("/api/v1/templates/{id}/plan", {
        params: { path: { id: template.id } },
        body: filled
          ? { ...values, import_id: filled.id }
          : { ...values, count: Number(count), every_days: Number(every_days) },
      });
      if (!operation) throw new Error("empty answer");
      await invalidate(queries, "/api/v1/operations");
      await navigate({ to: "/bulk/$operationId", params: { operationId: operation.id } });
    },
  });
  const values = form.getValues();
  const many = values.rows ? 0 : values.calendar_ids.length * Number(values.count);
  return (
    <Modal opened onClose={onClose} size="lg" title={`Use “${template.name}”`}>
      <form onSubmit={submit} noValidate>
        <Stack>
          {failure && <Failure error={failure} />}
          <MultiSelect
            label="Calendars"
            placeholder={values.calendar_ids.length > 0 ? undefined : "Of as many clients as you like"}
            searchable
            required={!values.rows}
            data-autofocus
            nothingFoundMessage="No calendar that can be written to"
            data={data}
            {...form.getInputProps("calendar_ids")}
          />
          <Group>
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => form.setFieldValue("calendar_ids", calendars?.map((one) => one.id) ?? [])}
            >
              All of them
            </Button>
          </Group>
          <SimpleGrid cols={{ base: 1, xs: 3 }}>
            <TextInput type="date" label="First day" required {...form.getInputProps("start")} />
            <NumberInput
              label="Events in each"
              min={1}
              max={1_000}
              allowDecimal={false}
              disabled={values.rows !== null}
              {...form.getInputProps("count")}
            />
            <NumberInput
              label="Days between them"
              min={1}
              max={366}
              allowDecimal={false}
              disabled={values.count === 1 || values.rows !== null}
              {...form.getInputProps("every_days")}
            />
          </SimpleGrid>
          <FileInput
            label="Filled from a table"
            description="A CSV file: an event for each of its rows, in each of the calendars above, or in the one that its columns “calendar” and “client” name. {{row.phone}} is what its column “phone” says."
            placeholder="None"
            accept=".csv,.tsv,.txt,text/csv"
            clearable
            clearButtonProps={{ "aria-label": "Without a table" }}
            {...form.getInputProps("rows")}
            onChange={(rows) => {
              form.setFieldValue("rows", rows);
              // A table may name the calendars.
              form.clearFieldError("calendar_ids");
            }}
          />
          <Select
            label="Mails to guests"
            allowDeselect={false}
            data={[
              { value: "none", label: "Nobody" },
              { value: "external", label: "Only guests from outside" },
              { value: "all", label: "All guests" },
            ]}
            {...form.getInputProps("notify")}
          />
          <Text size="sm" aria-live="polite">
            {Number.isFinite(many) && many > 0 && `${count(many, "event")}. `}Next you see each of them; nothing is
            written before.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={sending}>
              Dry run
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
