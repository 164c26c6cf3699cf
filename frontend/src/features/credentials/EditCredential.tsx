import { Button, Group, Modal, PasswordInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { $api, api } from "@/api/client";
import { useMay } from "@/api/session";
import type { Credential } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { useApiForm } from "@/ui/useApiForm";
import { useFocusBack } from "@/ui/useFocusBack";
import { refreshed } from "./actions";

/** Label and, where the account has its own, app or sign-in. Secrets stay as they are when left empty. */
export function EditCredential({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  useFocusBack();
  const queries = useQueryClient();
  const caldav = credential.provider === "caldav";
  const mayGive = useMay("credentials:write", { client: credential.client_id, whole: true });
  const staff = $api.useQuery("get", "/api/v1/staff", {
    params: { query: { client_id: credential.client_id, limit: 500 } },
  });
  const ownApp = !caldav && !credential.uses_installation_app;
  const { form, sending, failure, submit } = useApiForm({
    initialValues: {
      label: credential.label ?? "",
      staff_id: credential.staff_id ?? "",
      server_url: credential.server_url ?? "",
      username: credential.username ?? "",
      password: "",
      oauth_client_id: credential.oauth_client_id ?? "",
      oauth_client_secret: "",
    },
    send: async (values) => {
      await api.PATCH("/api/v1/credentials/{id}", {
        params: { path: { id: credential.id } },
        body: {
          label: values.label.trim() || null,
          ...(mayGive ? { staff_id: values.staff_id || null } : {}),
          ...(caldav ? { server_url: values.server_url.trim(), username: values.username.trim() } : {}),
          ...(caldav && values.password ? { password: values.password } : {}),
          ...(ownApp ? { oauth_client_id: values.oauth_client_id.trim() } : {}),
          ...(ownApp && values.oauth_client_secret ? { oauth_client_secret: values.oauth_client_secret.trim() } : {}),
        },
      });
      await refreshed(queries);
      notifyDone("Saved.");
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title="Edit account" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput label="Label" maxLength={120} data-autofocus {...form.getInputProps("label")} />
          {mayGive && (
            <Select
              label="Belongs to"
              description="Who reaches this client only as one of its staff sees their own accounts."
              data={[
                { value: "", label: "The business" },
                ...(staff.data?.data ?? []).map((one) => ({ value: one.id, label: one.name })),
              ]}
              allowDeselect={false}
              {...form.getInputProps("staff_id")}
            />
          )}
          {caldav && (
            <>
              <TextInput label="Server address" type="url" {...form.getInputProps("server_url")} />
              <TextInput label="User name" autoComplete="off" {...form.getInputProps("username")} />
              <PasswordInput
                label="New password"
                description={
                  credential.status === "valid"
                    ? "Leave empty to keep the stored one."
                    : "Where the server refuses the stored one, it is needed here."
                }
                autoComplete="new-password"
                {...form.getInputProps("password")}
              />
            </>
          )}
          {ownApp && (
            <>
              <TextInput label="OAuth client id" {...form.getInputProps("oauth_client_id")} />
              <PasswordInput
                label="New OAuth client secret"
                description="Leave empty to keep the stored one."
                autoComplete="new-password"
                {...form.getInputProps("oauth_client_secret")}
              />
              <Text size="xs" c="dimmed">
                After a change of the app, reconnect once.
              </Text>
            </>
          )}
          {failure && <Failure error={failure} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={sending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
