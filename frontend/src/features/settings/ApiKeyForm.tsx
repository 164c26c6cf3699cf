import { Button, Checkbox, Fieldset, Group, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { isNotEmpty } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { invalidate } from "@/api/query";
import { useMe } from "@/api/session";
import type { ApiKeyCreated } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { areas, readOnly } from "./scopes";

const ends = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: "never", label: "No end" },
];

export function ApiKeyForm({ onCreated, onCancel }: { onCreated: (key: ApiKeyCreated) => void; onCancel: () => void }) {
  const queries = useQueryClient();
  const own = useMe()?.scopes ?? [];
  const { form, submit, sending, failure } = useApiForm({
    initialValues: { name: "", scopes: readOnly, expires_at: "90" },
    validate: {
      name: isNotEmpty("Name the key after what uses it"),
      scopes: (value: string[]) => (value.length === 0 ? "Choose at least one scope" : null),
    },
    send: async ({ name, scopes, expires_at }) => {
      const until =
        expires_at === "never" ? null : new Date(Date.now() + Number(expires_at) * 86_400_000).toISOString();
      const { data } = await api.POST("/api/v1/api-keys", { body: { name: name.trim(), scopes, expires_at: until } });
      await invalidate(queries, "/api/v1/api-keys");
      if (data) onCreated(data);
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure && <Failure error={failure} />}
        <TextInput
          label="Name"
          placeholder="Voice agent"
          required
          data-autofocus
          key={form.key("name")}
          {...form.getInputProps("name")}
        />
        <Checkbox.Group key={form.key("scopes")} {...form.getInputProps("scopes")} label="Scopes" withAsterisk>
          <SimpleGrid cols={{ base: 1, sm: 2 }} mt="xs">
            {areas.map((area) => (
              <Fieldset key={area.name} legend={area.name} radius="md" p="sm">
                <Stack gap="xs">
                  {area.scopes.map(({ scope, label }) => (
                    <Checkbox
                      key={scope}
                      value={scope}
                      disabled={!own.includes(scope)}
                      label={label}
                      description={
                        <Text span size="xs" ff="monospace">
                          {scope}
                        </Text>
                      }
                    />
                  ))}
                </Stack>
              </Fieldset>
            ))}
          </SimpleGrid>
        </Checkbox.Group>
        <Select
          label="Ends after"
          data={ends}
          allowDeselect={false}
          key={form.key("expires_at")}
          {...form.getInputProps("expires_at")}
          maw={220}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={sending}>
            Create key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
