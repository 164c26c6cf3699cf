// What is different for a client: a field with another text, a variable with another value.
import { Button, Card, Group, Menu, Select, Stack, Text, TextInput } from "@mantine/core";
import { Plus } from "lucide-react";
import { useClientNames } from "@/api/names";
import { Section } from "@/ui/Section";
import { type FieldError, FieldInput } from "./FieldInput";
import { type Draft, fields, type Special } from "./template";

export interface OverridesProps {
  draft: Draft;
  /** The template's own variables. */
  names: string[];
  errorsOf: (field: string, client: string | null) => FieldError[];
  onChange: (clients: Draft["clients"]) => void;
}

export function Overrides({ draft, names, errorsOf, onChange }: OverridesProps) {
  const clients = useClientNames().data;
  const rest = [...(clients ?? [])].filter(([id]) => !draft.clients[id]);
  const set = (id: string, special: Special) => onChange({ ...draft.clients, [id]: special });
  return (
    <Section title="Different for a client" description="Everything else is as above.">
      <Stack gap="sm">
        {Object.entries(draft.clients).map(([id, special]) => (
          <Client
            key={id}
            name={clients?.get(id) ?? "A client that is gone"}
            special={special}
            draft={draft}
            names={names}
            errorsOf={(field) => errorsOf(field, id)}
            onChange={(next) => set(id, next)}
            onRemove={() => {
              const { [id]: _, ...others } = draft.clients;
              onChange(others);
            }}
          />
        ))}
        <Select
          label="Add a client"
          placeholder="Choose a client"
          searchable
          nothingFoundMessage="No other client"
          data={rest.map(([value, label]) => ({ value, label }))}
          value={null}
          onChange={(id) => id && set(id, { fields: {}, variables: {} })}
        />
      </Stack>
    </Section>
  );
}

interface ClientProps {
  name: string;
  special: Special;
  draft: Draft;
  names: string[];
  errorsOf: (field: string) => FieldError[];
  onChange: (special: Special) => void;
  onRemove: () => void;
}

function Client({ name, special, draft, names, errorsOf, onChange, onRemove }: ClientProps) {
  const setField = (field: string, text: string | null) => {
    const { [field]: _, ...others } = special.fields;
    onChange({ ...special, fields: text === null ? others : { ...others, [field]: text } });
  };
  const setVariable = (variable: string, text: string) => {
    const { [variable]: _, ...others } = special.variables;
    onChange({ ...special, variables: text === "" ? others : { ...others, [variable]: text } });
  };
  const mine = fields.filter((one) => special.fields[one.name] !== undefined);
  const more = fields.filter((one) => special.fields[one.name] === undefined);
  return (
    <Card component="section" padding="sm" aria-label={`Different for ${name}`}>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Text fw={600}>{name}</Text>
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            aria-label={`As everybody: ${name}`}
            onClick={onRemove}
          >
            As everybody
          </Button>
        </Group>
        {names.map((variable) => (
          <TextInput
            key={variable}
            label={variable}
            placeholder={draft.variables.find((one) => one.name.trim() === variable)?.value}
            value={special.variables[variable] ?? ""}
            onChange={(event) => setVariable(variable, event.currentTarget.value)}
          />
        ))}
        {mine.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            value={special.fields[field.name] ?? ""}
            placeholder="Empty for this client"
            errors={errorsOf(field.name)}
            variables={names}
            onChange={(text) => setField(field.name, text)}
            onRemove={() => setField(field.name, null)}
          />
        ))}
        <Group>
          <Menu position="bottom-start">
            <Menu.Target>
              <Button variant="subtle" size="compact-sm" leftSection={<Plus size={14} aria-hidden />}>
                Another text for a field
              </Button>
            </Menu.Target>
            <Menu.Dropdown mah={320} style={{ overflowY: "auto" }}>
              {more.map((field) => (
                <Menu.Item key={field.name} onClick={() => setField(field.name, draft.fields[field.name] ?? "")}>
                  {field.label}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Stack>
    </Card>
  );
}
