// The way to a connected account: whose, where, permission. Choosing calendars follows on the account's own page.
import { Button, Card, Group, Radio, Select, SimpleGrid, Skeleton, Stack, Text, ThemeIcon } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeft, CalendarDays, Server } from "lucide-react";
import { useEffect, useRef } from "react";
import { $api } from "@/api/client";
import type { Provider } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { Section } from "@/ui/Section";
import { CaldavForm } from "./CaldavForm";
import { ConsentForm } from "./ConsentForm";

const choices: { provider: Provider; name: string; text: string; icon: typeof Server }[] = [
  {
    provider: "google",
    name: "Google Calendar",
    text: "Personal accounts and Google Workspace, by consent. No password is shared.",
    icon: CalendarDays,
  },
  {
    provider: "microsoft",
    name: "Microsoft 365",
    text: "Work, school and Outlook.com accounts, by consent. No password is shared.",
    icon: CalendarDays,
  },
  {
    provider: "caldav",
    name: "CalDAV",
    text: "iCloud, Nextcloud, Fastmail, Radicale and others, with an app password.",
    icon: Server,
  },
];

export function NewCredentialPage() {
  const { provider } = useSearch({ from: "/inside/credentials/new" });
  const scope = useClientScope();
  const navigate = useNavigate({ from: "/credentials/new" });
  const clients = $api.useQuery("get", "/api/v1/clients", { params: { query: { limit: 500 } } });
  const providers = $api.useQuery("get", "/api/v1/providers", {}, { staleTime: 60_000 });
  const details = useRef<HTMLDivElement>(null);
  const client = clients.data?.data.find((one) => one.id === scope);
  const info = providers.data?.data.find((one) => one.provider === provider);

  const chosen = provider !== undefined && client !== undefined && info !== undefined;
  // Only after a choice made here; an address that already says it all begins at its top.
  const picked = useRef(false);
  useEffect(() => {
    if (chosen && picked.current) details.current?.scrollIntoView({ block: "start", behavior: "smooth" });
    picked.current = false;
  }, [chosen]);

  if (clients.data?.data.length === 0) {
    return (
      <>
        <PageHeader title="Connect an account" help="connect-google" />
        <EmptyState
          icon={CalendarDays}
          title="First add a client"
          body="An account belongs to the business whose calendars it holds."
        >
          <Button renderRoot={(props) => <Link to="/clients" search={{ new: true }} {...props} />}>Add a client</Button>
        </EmptyState>
      </>
    );
  }
  const error = clients.error ?? providers.error;
  return (
    <Stack maw={760}>
      <PageHeader
        title="Connect an account"
        description="About half a minute: whose account it is, where it is, and permission."
        help={`connect-${provider ?? "google"}`}
      >
        <Button
          variant="default"
          leftSection={<ArrowLeft size={16} aria-hidden />}
          renderRoot={(props) => <Link to="/credentials" {...props} />}
        >
          All accounts
        </Button>
      </PageHeader>
      {error && (
        <Failure
          error={error}
          onRetry={() => {
            void clients.refetch();
            void providers.refetch();
          }}
        />
      )}
      <Section title="1. Whose account?">
        {clients.data ? (
          <Select
            label="Client"
            placeholder="Choose the client"
            searchable
            allowDeselect={false}
            value={scope ?? null}
            data={clients.data.data.map((one) => ({ value: one.id, label: one.name }))}
            nothingFoundMessage="No client matches"
            onChange={(id) => void navigate({ search: (old) => ({ ...old, client: id ?? undefined }), replace: true })}
          />
        ) : (
          <Skeleton h={60} />
        )}
      </Section>
      <Section title="2. Where is it?">
        <Radio.Group
          aria-label="Provider"
          value={provider ?? ""}
          onChange={(value) => {
            picked.current = true;
            void navigate({ search: (old) => ({ ...old, provider: value as Provider }), replace: true });
          }}
        >
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            {choices.map(({ provider: value, name, text, icon: Icon }) => (
              <Radio.Card key={value} value={value} radius="md" p="md" style={{ alignContent: "start" }}>
                <Group wrap="nowrap" gap="sm" mb={6}>
                  <ThemeIcon variant="light" size="lg" radius="md">
                    <Icon size={20} aria-hidden />
                  </ThemeIcon>
                  <Text fw={600} size="sm" style={{ flex: 1, textAlign: "start" }}>
                    {name}
                  </Text>
                  <Radio.Indicator />
                </Group>
                <Text size="sm" c="dimmed" ta="start">
                  {text}
                </Text>
              </Radio.Card>
            ))}
          </SimpleGrid>
        </Radio.Group>
      </Section>
      <div ref={details} style={{ scrollMarginTop: 72 }}>
        {provider && !client && clients.data && (
          <Card>
            <Text size="sm">Choose the client above to continue.</Text>
          </Card>
        )}
        {client && info && info.provider !== "caldav" && (
          <Section title="3. Permission">
            <ConsentForm
              key={`${client.id} ${info.provider}`}
              clientId={client.id}
              onlyAccount={info.provider === "google" ? client.google_account_email : null}
              provider={info}
            />
          </Section>
        )}
        {client && provider === "caldav" && (
          <Section title="3. Sign in">
            <CaldavForm key={client.id} clientId={client.id} />
          </Section>
        )}
      </div>
    </Stack>
  );
}
