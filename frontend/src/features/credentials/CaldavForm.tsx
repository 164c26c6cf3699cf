// CalDAV: server, name, password; discovery runs while the form waits, and says which of the three is wrong.
import { Anchor, Button, Group, PasswordInput, Radio, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { refreshed } from "./actions";
import { isUnfinished, type Preset, presets } from "./presets";

export function CaldavForm({ clientId }: { clientId: string }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [preset, setPreset] = useState<Preset>(presets[0] as Preset);
  const { form, sending, failure, submit } = useApiForm({
    initialValues: { label: "", server_url: preset.url, username: "", password: "" },
    validate: {
      server_url: (value) =>
        isUnfinished(value.trim()) ? "Fill in the whole address, beginning with https://." : null,
      username: (value) => (value.trim() ? null : "Enter the user name."),
      password: (value) => (value ? null : "Enter the password."),
    },
    send: async (values) => {
      const { data } = await api.POST("/api/v1/credentials", {
        body: {
          client_id: clientId,
          provider: "caldav",
          label: values.label.trim() || null,
          server_url: values.server_url.trim(),
          username: values.username.trim(),
          password: values.password,
        },
      });
      await refreshed(queries);
      if (data) {
        await navigate({
          to: "/credentials/$credentialId",
          params: { credentialId: data.id },
          search: { result: "connected" },
        });
      }
    },
  });
  const choose = (id: string) => {
    const next = presets.find((one) => one.id === id);
    if (!next) return;
    // What a person typed themselves stays.
    if (presets.some((one) => one.url === form.values.server_url.trim())) form.setFieldValue("server_url", next.url);
    form.clearErrors();
    setPreset(next);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Radio.Group label="Which server?" value={preset.id} onChange={choose}>
          <SimpleGrid cols={{ base: 2, sm: 3, md: 5 }} spacing="xs" mt="xs">
            {presets.map((one) => (
              <Radio.Card key={one.id} value={one.id} radius="md" p="xs">
                <Group gap={8} wrap="nowrap">
                  <Radio.Indicator size="xs" />
                  <Text size="sm" fw={500}>
                    {one.name}
                  </Text>
                </Group>
              </Radio.Card>
            ))}
          </SimpleGrid>
        </Radio.Group>
        <TextInput
          label="Server address"
          description={preset.urlHelp}
          required
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          {...form.getInputProps("server_url")}
        />
        <TextInput
          label="User name"
          description={preset.usernameHelp}
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.getInputProps("username")}
        />
        <PasswordInput
          label={preset.passwordLabel}
          description={
            <>
              {preset.passwordHelp}{" "}
              {preset.link && (
                <Anchor href={preset.link.href} target="_blank" rel="noreferrer" size="xs" underline="always">
                  {preset.link.text}
                </Anchor>
              )}
            </>
          }
          required
          autoComplete="off"
          {...form.getInputProps("password")}
        />
        <TextInput
          label="Label"
          description="What you call this account; the user name if left empty."
          maxLength={120}
          {...form.getInputProps("label")}
        />
        {failure && <Failure error={failure} />}
        <div>
          <Button type="submit" loading={sending}>
            Connect
          </Button>
          <Text size="xs" c="dimmed" mt={6}>
            We sign in once and look for calendars. The password is stored encrypted and never shown again.
          </Text>
        </div>
      </Stack>
    </form>
  );
}
