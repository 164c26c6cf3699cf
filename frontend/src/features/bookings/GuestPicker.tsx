// Who comes: somebody known, found by what they say, or somebody new.
import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useRef, useState } from "react";
import { $api } from "@/api/client";

export type Guest =
  | { kind: "known"; id: string | null; label: string }
  | { kind: "new"; name: string; phone: string; email: string };

export const nobody: Guest = { kind: "known", id: null, label: "" };

export interface GuestPickerProps {
  client: string;
  guest: Guest;
  onGuest: (guest: Guest) => void;
  /** What the service says about a field: `name`, `phone`, `email`. */
  wrong?: Partial<Record<string, string>>;
}

export function GuestPicker({ client, guest, onGuest, wrong = {} }: GuestPickerProps) {
  const [typed, setTyped] = useState("");
  // Left without a choice, the select empties its search before a click on "Somebody new" arrives: this is what people typed.
  const name = useRef("");
  const [q] = useDebouncedValue(typed.trim(), 200);
  const found = $api.useQuery(
    "get",
    "/api/v1/customers",
    { params: { query: { client_id: client, q: q || undefined, limit: 20 } } },
    { placeholderData: keepPreviousData, enabled: guest.kind === "known" },
  );
  if (guest.kind === "new") {
    const field = (name: "name" | "phone" | "email") => ({
      value: guest[name],
      error: wrong[name],
      onChange: (event: { currentTarget: { value: string } }) =>
        onGuest({ ...guest, [name]: event.currentTarget.value }),
    });
    return (
      <Stack gap="xs">
        <Group grow align="flex-start" preventGrowOverflow={false} gap="xs">
          <TextInput label="Customer’s name" required {...field("name")} />
          <TextInput label="Phone" type="tel" {...field("phone")} />
          <TextInput label="E-mail" type="email" {...field("email")} />
        </Group>
        <Group>
          <Button size="compact-sm" variant="subtle" onClick={() => onGuest(nobody)}>
            Somebody known instead
          </Button>
        </Group>
      </Stack>
    );
  }
  const options = (found.data?.data ?? []).map((one) => ({
    value: one.id,
    label: [one.name, one.phone ?? one.email].filter(Boolean).join(" · "),
  }));
  const chosen =
    guest.id && !options.some((one) => one.value === guest.id) ? [{ value: guest.id, label: guest.label }] : [];
  return (
    <Group align="flex-end" gap="xs">
      <Select
        label="Customer"
        placeholder="Name, e-mail or phone number"
        searchable
        clearable
        // The service has searched; what it found need not contain what was typed.
        filter={({ options: all }) => all}
        nothingFoundMessage="Nobody matches"
        data={[...chosen, ...options]}
        value={guest.id}
        onSearchChange={setTyped}
        onInput={(event) => {
          name.current = event.currentTarget.value.trim();
        }}
        onChange={(id, option) => {
          name.current = "";
          onGuest({ kind: "known", id, label: option?.label ?? "" });
        }}
        // In a dialog too the button fits beside it: below, it would lie under the list of who was found.
        style={{ flex: "1 1 12rem" }}
      />
      <Button
        variant="default"
        leftSection={<UserPlus size={16} aria-hidden />}
        onClick={() => onGuest({ kind: "new", name: guest.id ? "" : name.current, phone: "", email: "" })}
      >
        Somebody new
      </Button>
    </Group>
  );
}
