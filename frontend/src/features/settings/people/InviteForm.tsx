import { Button, Group, Input, Select, Stack, TextInput } from "@mantine/core";
import { isEmail, isNotEmpty } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { invalidate } from "@/api/query";
import { useMe } from "@/api/session";
import type { InvitedPerson, Person } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { AccessFields, type Granted, granted } from "./AccessFields";
import { roles } from "./words";

export function InviteForm({ onInvited, onCancel }: { onInvited: (one: InvitedPerson) => void; onCancel: () => void }) {
  const queries = useQueryClient();
  const mine = useMe()?.user?.role;
  const { form, submit, sending, failure } = useApiForm({
    initialValues: { name: "", email: "", role: "member" as Person["role"], access: [] as Granted[] },
    validate: {
      name: isNotEmpty("What are they called?"),
      email: isEmail("Enter an e-mail address, like ann@example.com"),
    },
    send: async ({ name, email, role, access }) => {
      const body = { name: name.trim(), email: email.trim(), role, access: role === "member" ? granted(access) : [] };
      const { data } = await api.POST("/api/v1/users", { body });
      await invalidate(queries, "/api/v1/users");
      if (data) onInvited(data);
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure && <Failure error={failure} />}
        <TextInput label="Name" data-autofocus key={form.key("name")} {...form.getInputProps("name")} />
        <TextInput
          label="E-mail"
          description="They sign in with it. No mail is sent: you get a link to give to them."
          type="email"
          key={form.key("email")}
          {...form.getInputProps("email")}
        />
        <Select
          label="Role"
          data={roles
            .filter(({ value }) => value !== "owner" || mine === "owner")
            .map(({ value, label }) => ({ value, label }))}
          description={roles.find(({ value }) => value === form.values.role)?.hint}
          allowDeselect={false}
          key={form.key("role")}
          {...form.getInputProps("role")}
        />
        {form.values.role === "member" && (
          <Input.Wrapper label="Clients" labelElement="div">
            <AccessFields value={form.values.access} onChange={(next) => form.setFieldValue("access", next)} />
          </Input.Wrapper>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={sending}>
            Invite
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
