// What a member may do, client by client.
import { ActionIcon, Card, Group, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { $api } from "@/api/client";
import { toApiError } from "@/api/error";
import type { AccessLevel } from "@/api/types";
import { levels } from "./words";

/** Side by side, however long what is said of them. */
const BELOW: ("label" | "input" | "description")[] = ["label", "input", "description"];

export interface Granted {
  client_id: string;
  client_name: string;
  level: AccessLevel;
  staff_id: string | null;
  staff_name: string | null;
}

export function AccessFields({ value, onChange }: { value: Granted[]; onChange: (next: Granted[]) => void }) {
  const [search, setSearch] = useState("");
  const [q] = useDebouncedValue(search.trim(), 150);
  const clients = $api.useQuery(
    "get",
    "/api/v1/clients",
    { params: { query: { q: q || undefined, limit: 50 } } },
    { placeholderData: keepPreviousData },
  );
  const taken = new Set(value.map((one) => one.client_id));
  const data = (clients.data?.data ?? [])
    .filter((one) => !taken.has(one.id))
    .map((one) => ({ value: one.id, label: one.name }));
  const add = (id: string | null) => {
    const client = data.find((one) => one.value === id);
    if (!client) return;
    const access = { client_id: client.value, client_name: client.label, level: "write" as const };
    onChange([...value, { ...access, staff_id: null, staff_name: null }]);
    setSearch("");
  };
  return (
    <Stack gap="xs">
      {value.map((one) => (
        <Row
          key={one.client_id}
          one={one}
          onChange={(next) => onChange(value.map((it) => (it === one ? next : it)))}
          onRemove={() => onChange(value.filter((it) => it !== one))}
        />
      ))}
      {value.length === 0 && (
        <Text size="sm" c="dimmed">
          No client yet: a member without one sees nothing.
        </Text>
      )}
      <Select
        label="Add a client"
        placeholder="Search by name"
        searchable
        data={data}
        value={null}
        searchValue={search}
        onSearchChange={setSearch}
        onChange={add}
        nothingFoundMessage="No such client"
      />
      {clients.error && <Text c="red">{toApiError(clients.error).message}</Text>}
    </Stack>
  );
}

function Row({ one, onChange, onRemove }: { one: Granted; onChange: (next: Granted) => void; onRemove: () => void }) {
  const staff = $api.useQuery("get", "/api/v1/staff", {
    params: { query: { client_id: one.client_id, limit: 500 } },
  });
  const members = (staff.data?.data ?? []).map((it) => ({ value: it.id, label: it.name }));
  return (
    <Card padding="sm" radius="md" withBorder role="group" aria-label={one.client_name}>
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <Text fw={600}>{one.client_name}</Text>
        <ActionIcon variant="subtle" color="gray" onClick={onRemove} aria-label={`Take ${one.client_name} away`}>
          <X size={16} aria-hidden />
        </ActionIcon>
      </Group>
      <Group grow align="flex-start">
        <Select
          label="May"
          inputWrapperOrder={BELOW}
          data={levels.map(({ value, label }) => ({ value, label }))}
          description={levels.find(({ value }) => value === one.level)?.hint}
          allowDeselect={false}
          value={one.level}
          onChange={(level) => onChange({ ...one, level: (level ?? "read") as AccessLevel })}
        />
        <Select
          label="Sees"
          inputWrapperOrder={BELOW}
          data={[
            { value: "", label: "Everything of the client" },
            ...members.map((it) => ({ ...it, label: `Only as ${it.label}` })),
          ]}
          description={
            one.staff_id
              ? "Their own accounts, calendars, events and bookings; nothing of the others."
              : "Of all its staff."
          }
          allowDeselect={false}
          value={one.staff_id ?? ""}
          onChange={(id) =>
            onChange({
              ...one,
              staff_id: id || null,
              staff_name: members.find((it) => it.value === id)?.label ?? null,
            })
          }
        />
      </Group>
    </Card>
  );
}

/** As the service takes it. */
export const granted = (value: Granted[]) =>
  value.map(({ client_id, level, staff_id }) => ({ client_id, level, staff_id }));
