// Reminders, how the event shows, and our callers' own data.
import {
  ActionIcon,
  Button,
  ColorSwatch,
  Group,
  Input,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { Plus, X } from "lucide-react";
import type { Provider } from "@/api/types";
import { palettes } from "../colours";
import type { EventForm } from "../form";
import { fieldId, type PartProps } from "./field";

type Override = EventForm["reminders"]["overrides"][number];

const units = [
  { value: "1", label: "minutes before" },
  { value: "60", label: "hours before" },
  { value: "1440", label: "days before" },
  { value: "10080", label: "weeks before" },
];
const unitOf = (minutes: number) => (minutes > 0 ? ([10_080, 1_440, 60].find((unit) => minutes % unit === 0) ?? 1) : 1);

/** How many reminders an event keeps, and whether one may be a mail. */
const kept: Record<Provider, { most: number; mails: boolean }> = {
  google: { most: 5, mails: true },
  microsoft: { most: 1, mails: false },
  caldav: { most: 5, mails: true },
};

export function RemindersPart({ form, set, errors, provider }: PartProps & { provider: Provider }) {
  const { most, mails } = kept[provider];
  const { use_default, overrides } = form.reminders;
  const write = (next: Override[]) => set({ reminders: { use_default: false, overrides: next } });
  const change = (index: number, part: Partial<Override>) =>
    write(overrides.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <Input.Wrapper label="Reminders" labelElement="div" error={errors.reminders} id={fieldId("reminders")}>
      <Stack gap="xs" mt={4}>
        <Switch
          label="As the calendar says"
          checked={use_default}
          onChange={(event) =>
            set({
              reminders: event.currentTarget.checked
                ? { use_default: true, overrides: [] }
                : { use_default: false, overrides: [{ method: "popup", minutes: 10 }] },
            })
          }
        />
        {!use_default &&
          overrides.map((one, index) => {
            const unit = unitOf(one.minutes);
            const name = `Reminder ${index + 1}`;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: reminders have no name of their own
              <Group key={index} gap="xs" wrap="nowrap" align="flex-start">
                <Select
                  aria-label={`${name}: how`}
                  data={[
                    { value: "popup", label: "Notification" },
                    ...(mails || one.method === "email" ? [{ value: "email", label: "Mail" }] : []),
                  ]}
                  allowDeselect={false}
                  value={one.method}
                  onChange={(method) => method && change(index, { method: method as Override["method"] })}
                  style={{ flex: 1 }}
                />
                <NumberInput
                  aria-label={`${name}: how many`}
                  min={0}
                  max={Math.floor(40_320 / unit)}
                  allowDecimal={false}
                  value={one.minutes / unit}
                  onChange={(count) => change(index, { minutes: Number(count) * unit })}
                  w={84}
                />
                <Select
                  aria-label={`${name}: unit`}
                  data={units}
                  allowDeselect={false}
                  value={String(unit)}
                  onChange={(next) => next && change(index, { minutes: (one.minutes / unit) * Number(next) })}
                  style={{ flex: 1 }}
                />
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={`Remove reminder ${index + 1}`}
                  onClick={() => write(overrides.filter((_, at) => at !== index))}
                >
                  <X size={16} aria-hidden />
                </ActionIcon>
              </Group>
            );
          })}
        {!use_default && (
          <Group>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<Plus size={14} aria-hidden />}
              disabled={overrides.length >= most}
              onClick={() => write([...overrides, { method: "popup", minutes: 30 }])}
            >
              Add a reminder
            </Button>
            {overrides.length === 0 && (
              <Text size="xs" c="dimmed">
                Nobody is reminded.
              </Text>
            )}
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}

export function LooksPart({ form, set, errors, provider }: PartProps & { provider: Provider }) {
  const palette = palettes[provider];
  const unknown = form.colour !== null && !palette.some((one) => one.value === form.colour);
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Input.Wrapper label="Shown as" labelElement="div">
          <SegmentedControl
            fullWidth
            mt={4}
            aria-label="Shown as"
            value={form.transparency}
            onChange={(value) => set({ transparency: value as EventForm["transparency"] })}
            data={[
              { value: "busy", label: "Busy" },
              { value: "free", label: "Free" },
            ]}
          />
        </Input.Wrapper>
        <Input.Wrapper label="Status" labelElement="div">
          <SegmentedControl
            fullWidth
            mt={4}
            aria-label="Status"
            value={form.status}
            onChange={(value) => set({ status: value as EventForm["status"] })}
            data={[
              { value: "confirmed", label: "Confirmed" },
              { value: "tentative", label: "Tentative" },
            ]}
          />
        </Input.Wrapper>
      </SimpleGrid>
      <Select
        id={fieldId("visibility")}
        label="Who may see it"
        allowDeselect={false}
        value={form.visibility}
        error={errors.visibility}
        data={[
          { value: "default", label: "As the calendar says" },
          { value: "public", label: "Everybody with access to the calendar" },
          { value: "private", label: "Only guests see details (private)" },
          { value: "confidential", label: "Confidential" },
        ]}
        onChange={(value) => value && set({ visibility: value as EventForm["visibility"] })}
      />
      {(palette.length > 0 || unknown) && (
        <Input.Wrapper label="Colour" labelElement="div" error={errors.colour} id={fieldId("colour")}>
          <Group gap={6} mt={4} role="group" aria-label="Colour">
            <Button
              size="compact-sm"
              variant={form.colour === null ? "filled" : "default"}
              aria-pressed={form.colour === null}
              onClick={() => set({ colour: null })}
            >
              As the calendar
            </Button>
            {palette.map((one) => (
              <ColorSwatch
                key={one.value}
                component="button"
                type="button"
                color={one.css}
                size={28}
                aria-label={one.name}
                title={one.name}
                aria-pressed={form.colour === one.value}
                style={{
                  cursor: "pointer",
                  outline: form.colour === one.value ? "2px solid var(--mantine-color-text)" : undefined,
                  outlineOffset: 2,
                }}
                onClick={() => set({ colour: one.value })}
              />
            ))}
            {unknown && <Text size="xs">{form.colour} (set elsewhere)</Text>}
          </Group>
        </Input.Wrapper>
      )}
    </Stack>
  );
}

export function MetadataPart({ form, set, errors }: PartProps) {
  const change = (index: number, part: Partial<EventForm["metadata"][number]>) =>
    set((old) => ({ ...old, metadata: old.metadata.map((one, at) => (at === index ? { ...one, ...part } : one)) }));
  return (
    <Input.Wrapper
      label="Own data"
      labelElement="div"
      description="Names and values for your programs, e.g. an order number. Guests do not see them."
      error={errors.metadata}
      id={fieldId("metadata")}
    >
      <Stack gap="xs" mt={6}>
        {form.metadata.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names are being typed, the place is what stays
          <Group key={index} gap="xs" wrap="nowrap">
            <TextInput
              aria-label={`Name ${index + 1}`}
              placeholder="name"
              value={one.key}
              onChange={(event) => change(index, { key: event.currentTarget.value })}
              style={{ flex: 1 }}
            />
            <TextInput
              aria-label={`Value ${index + 1}`}
              placeholder="value"
              value={one.value}
              onChange={(event) => change(index, { value: event.currentTarget.value })}
              style={{ flex: 2 }}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove ${one.key || `pair ${index + 1}`}`}
              onClick={() => set((old) => ({ ...old, metadata: old.metadata.filter((_, at) => at !== index) }))}
            >
              <X size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button
          size="compact-sm"
          variant="default"
          w="fit-content"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => set((old) => ({ ...old, metadata: [...old.metadata, { key: "", value: "" }] }))}
        >
          Add a value
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
