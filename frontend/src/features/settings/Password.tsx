import { Button, Group, PasswordInput, Stack } from "@mantine/core";
import { isNotEmpty } from "@mantine/form";
import { api } from "@/api/client";
import { MIN_LENGTH } from "@/lib/password";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { Section } from "@/ui/Section";
import { useApiForm } from "@/ui/useApiForm";

/** A new password for oneself; other browsers are signed out. */
export function Password() {
  const { form, submit, sending, failure } = useApiForm({
    initialValues: { current: "", new: "" },
    validate: {
      current: isNotEmpty("Enter your present password"),
      new: (value: string) => (value.length < MIN_LENGTH ? `At least ${MIN_LENGTH} characters` : null),
    },
    send: async (body) => {
      await api.POST("/api/v1/auth/password", { body });
      form.reset();
      notifyDone("Your password is changed. Other browsers are signed out.");
    },
  });
  return (
    <Stack maw={640}>
      <Section title="Password">
        <form onSubmit={submit} noValidate>
          <Stack gap="sm">
            {failure && <Failure error={failure} />}
            <PasswordInput
              label="Present password"
              autoComplete="current-password"
              key={form.key("current")}
              {...form.getInputProps("current")}
            />
            <PasswordInput
              label="New password"
              autoComplete="new-password"
              key={form.key("new")}
              {...form.getInputProps("new")}
            />
            <Group justify="flex-end">
              <Button type="submit" loading={sending}>
                Change password
              </Button>
            </Group>
          </Stack>
        </form>
      </Section>
    </Stack>
  );
}
