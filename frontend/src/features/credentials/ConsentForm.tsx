// Google and Microsoft: whose OAuth app, then consent.
import { Alert, Anchor, Box, Button, Code, List, PasswordInput, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { ExternalLink, FlaskConical, Info } from "lucide-react";
import { api } from "@/api/client";
import type { ProviderInfo } from "@/api/types";
import { CopyField } from "@/ui/CopyField";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { refreshed, useConnect } from "./actions";

const words = {
  google: {
    name: "Google",
    own: "The client’s own Google Cloud project",
    id: "OAuth client id",
    looks: "….apps.googleusercontent.com",
    secret: "OAuth client secret",
  },
  microsoft: {
    name: "Microsoft",
    own: "The client’s own app in Microsoft Entra",
    id: "Application (client) id",
    looks: "00000000-0000-0000-0000-000000000000",
    secret: "Client secret (its value)",
  },
};

/** Wide enough for an address to be seen whole. */
const ADDRESS = "min(30rem, 70vw)";

export interface ConsentFormProps {
  clientId: string;
  /** Only this account will be accepted, if the client names one. */
  onlyAccount: string | null;
  provider: ProviderInfo;
}

export function ConsentForm({ clientId, onlyAccount, provider }: ConsentFormProps) {
  const which = provider.provider === "microsoft" ? "microsoft" : "google";
  const said = words[which];
  const queries = useQueryClient();
  const { connect, leaving } = useConnect();
  const { form, sending, failure, submit } = useApiForm({
    initialValues: {
      app: provider.installation_app ? "installation" : "own",
      label: "",
      oauth_client_id: "",
      oauth_client_secret: "",
    },
    validate: {
      oauth_client_id: (value, all) => (all.app === "own" && !value.trim() ? "Paste the client id." : null),
      oauth_client_secret: (value, all) => (all.app === "own" && !value.trim() ? "Paste the client secret." : null),
    },
    send: async (values) => {
      const own = values.app === "own";
      const { data } = await api.POST("/api/v1/credentials", {
        body: {
          client_id: clientId,
          provider: which,
          label: values.label.trim() || null,
          ...(own
            ? {
                oauth_client_id: values.oauth_client_id.trim(),
                oauth_client_secret: values.oauth_client_secret.trim(),
              }
            : {}),
        },
      });
      await refreshed(queries);
      if (data) await connect(data.id);
    },
  });
  const own = form.values.app === "own";
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {provider.installation_app && (
          <Radio.Group label={`Which ${said.name} app asks for permission?`} {...form.getInputProps("app")}>
            <Stack gap="xs" mt="xs">
              <Radio value="installation" label="The app of this installation" description="Nothing to set up." />
              <Radio value="own" label={said.own} description="The client sees its own name on the consent page." />
            </Stack>
          </Radio.Group>
        )}
        {own && (which === "google" ? <CloudGuide provider={provider} /> : <EntraGuide provider={provider} />)}
        {own && (
          <>
            <TextInput
              label={said.id}
              placeholder={said.looks}
              required
              autoComplete="off"
              spellCheck={false}
              {...form.getInputProps("oauth_client_id")}
            />
            <PasswordInput
              label={said.secret}
              description="Stored encrypted, never shown again."
              required
              autoComplete="off"
              {...form.getInputProps("oauth_client_secret")}
            />
          </>
        )}
        <TextInput
          label="Label"
          description="What you call this account; its address if left empty."
          placeholder="Front desk"
          maxLength={120}
          {...form.getInputProps("label")}
        />
        {provider.sandbox_accounts.length > 0 && (
          <Alert color="grape" icon={<FlaskConical aria-hidden />} title="Sandbox">
            <Text size="sm">
              The next page is a simulator on this machine. It lets you choose one of these accounts:
            </Text>
            <List size="sm" mt={4}>
              {provider.sandbox_accounts.map((account) => (
                <List.Item key={account.email}>
                  {account.name} <Code>{account.email}</Code>
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        {onlyAccount && (
          <Alert color="blue" icon={<Info aria-hidden />}>
            Only <b>{onlyAccount}</b> will be accepted: the client’s settings name it.
          </Alert>
        )}
        {failure && <Failure error={failure} />}
        <Box>
          <Button type="submit" loading={sending || leaving} rightSection={<ExternalLink size={16} aria-hidden />}>
            Continue to {said.name}
          </Button>
          <Text size="xs" c="dimmed" mt={6}>
            {said.name} asks for consent and leads back here. Deny it, and nothing is stored.
          </Text>
        </Box>
      </Stack>
    </form>
  );
}

function CloudGuide({ provider }: { provider: ProviderInfo }) {
  return (
    <Box component="section" aria-label="How to make the app in Google Cloud">
      <List type="ordered" size="sm" spacing="sm">
        <List.Item>
          Open the{" "}
          <Anchor
            inherit
            underline="always"
            href={provider.console_url ?? "https://console.cloud.google.com/apis/credentials"}
            target="_blank"
            rel="noreferrer"
          >
            Google Cloud console
          </Anchor>{" "}
          and choose or make a project. Under <b>APIs &amp; Services → Library</b>, enable the{" "}
          <b>Google Calendar API</b>.
        </List.Item>
        <List.Item>
          On the <b>OAuth consent screen</b>, under data access, add these scopes:
          <Stack gap={6} mt={6}>
            {provider.scopes.map((one) => (
              <CopyField key={one.scope} label={one.required ? one.why : `${one.why} (optional)`} value={one.scope} />
            ))}
          </Stack>
        </List.Item>
        <List.Item>
          Under <b>Credentials → Create credentials → OAuth client ID</b> choose <b>Web application</b> and add exactly
          this redirect URI:
          <Box mt={6}>
            <CopyField label="Redirect URI" w={ADDRESS} value={provider.redirect_uri ?? ""} />
          </Box>
        </List.Item>
        <List.Item>Paste the client id and secret below.</List.Item>
      </List>
      <Alert color="yellow" icon={<Info aria-hidden />} mt="sm" title="Publish the app">
        <Text size="sm">
          While its publishing status is <b>Testing</b>, Google ends every permission after <b>7 days</b>, and only
          listed test users can consent. Press <b>Publish app</b>, or make it internal to the organisation.
        </Text>
      </Alert>
    </Box>
  );
}

function EntraGuide({ provider }: { provider: ProviderInfo }) {
  return (
    <Box component="section" aria-label="How to make the app in Microsoft Entra">
      <List type="ordered" size="sm" spacing="sm">
        <List.Item>
          Open the{" "}
          <Anchor
            inherit
            underline="always"
            href={provider.console_url ?? "https://entra.microsoft.com/"}
            target="_blank"
            rel="noreferrer"
          >
            Microsoft Entra admin center
          </Anchor>
          , <b>App registrations → New registration</b>. Supported accounts: any organisation and personal accounts,
          unless the app is for one organisation.
        </List.Item>
        <List.Item>
          As redirect URI choose <b>Web</b> and enter exactly this address:
          <Box mt={6}>
            <CopyField label="Redirect URI" w={ADDRESS} value={provider.redirect_uri ?? ""} />
          </Box>
        </List.Item>
        <List.Item>
          Under <b>API permissions → Microsoft Graph → Delegated permissions</b> add:
          <Stack gap={6} mt={6}>
            {provider.scopes.map((one) => (
              <CopyField key={one.scope} label={one.why} value={one.scope} />
            ))}
          </Stack>
        </List.Item>
        <List.Item>
          Under <b>Certificates &amp; secrets</b> make a client secret. Paste the application id and the secret’s value
          below; Microsoft ends every secret after two years at the latest.
        </List.Item>
      </List>
      <Alert color="yellow" icon={<Info aria-hidden />} mt="sm" title="Organisations may want an administrator">
        <Text size="sm">
          Where people may not consent themselves, Microsoft says so on the consent page. Let an administrator connect
          first, or approve the app for the organisation.
        </Text>
      </Alert>
    </Box>
  );
}
