import { ActionIcon, Button, Group, Stack, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { Section } from "@/ui/Section";
import { newRow, type Row } from "./template";

export interface VariablesProps {
  rows: Row[];
  faultOf: (name: string) => string | null;
  onChange: (rows: Row[]) => void;
}

/** The template's own variables: a value for everybody, and below another one for single clients. */
export function Variables({ rows, faultOf, onChange }: VariablesProps) {
  const set = (key: number, change: Partial<Row>) =>
    onChange(rows.map((one) => (one.key === key ? { ...one, ...change } : one)));
  return (
    <Section
      title="Variables of its own"
      description="Written once, used in any field: {{place}} for a variable “place”."
    >
      <Stack gap="xs">
        {rows.map((row, at) => (
          <Group key={row.key} gap="xs" align="flex-start" wrap="nowrap">
            <TextInput
              aria-label={`Name of variable ${at + 1}`}
              placeholder="place"
              value={row.name}
              error={faultOf(row.name)}
              onChange={(event) => set(row.key, { name: event.currentTarget.value })}
              style={{ flex: "1 1 8rem" }}
            />
            <TextInput
              aria-label={`Value of variable ${row.name || at + 1}`}
              placeholder="Front desk"
              value={row.value}
              onChange={(event) => set(row.key, { value: event.currentTarget.value })}
              style={{ flex: "2 1 10rem" }}
            />
            <ActionIcon
              size={36}
              variant="subtle"
              color="gray"
              aria-label={`Remove variable ${row.name || at + 1}`}
              onClick={() => onChange(rows.filter((one) => one.key !== row.key))}
            >
              <X size={18} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Group>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<Plus size={14} aria-hidden />}
            onClick={() => onChange([...rows, newRow()])}
          >
            Add a variable
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}
