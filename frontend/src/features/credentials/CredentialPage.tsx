// One account: what it is, whether it works, its calendars, and what can be done.
import { Alert, Anchor, Button, Code, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { CalendarPlus, Pencil, PlugZap, RefreshCw, Stethoscope, Trash2, Unplug } from "lucide-react";
import { type ReactNode, useState } from "react";
import { $api } from "@/api/client";
import { useMay } from "@/api/session";
import type { Credential, CredentialStatus, Validation } from "@/api/types";
import { dateTime } from "@/lib/time";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { PageHeader } from "@/ui/PageHeader";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { CredentialBadge, credentialLooks, providerNames } from "@/ui/status";
import { credentialName, refreshed, useConnect, useCredentialActions } from "./actions";
import { Checks } from "./Checks";
import { ConsentAlert } from "./ConsentAlert";
import { CredentialCalendars } from "./CredentialCalendars";
import { readConsent } from "./consent";
import { EditCredential } from "./EditCredential";
import { GrantedScopes } from "./GrantedScopes";
import { ServerFacts } from "./ServerFacts";
import { TestEvent } from "./TestEvent";

const WORKS = new Set<CredentialStatus>(["valid", "expiring"]);

export function CredentialPage() {
  const { credentialId } = useParams({ from: "/inside/credentials/$credentialId" });
  const one = $api.useQuery("get", "/api/v1/credentials/{id}", { params: { path: { id: credentialId } } });
  if (one.error && !one.data) {
    return (
      <>
        <PageHeader title="Account" />
        <Failure error={one.error} onRetry={() => void one.refetch()} />
      </>
    );
  }
  if (!one.data) {
    return (
      <Stack aria-busy="true" aria-label="Loading the account">
        <Skeleton h={32} w={280} />
        <Skeleton h={36} />
        <Skeleton h={180} />
      </Stack>
    );
  }
  return <Loaded key={credentialId} credential={one.data} />;
}

function Loaded({ credential }: { credential: Credential }) {
  const search = useSearch({ from: "/inside/credentials/$credentialId" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { connect, leaving } = useConnect();
  const { revoke, remove, busy } = useCredentialActions();
  const [editing, setEditing] = useState(false);
  const [checks, setChecks] = useState<Validation | null>(null);
  const path = { params: { path: { id: credential.id } } };
  const validate = $api.useMutation("post", "/api/v1/credentials/{id}/validate");
  const refresh = $api.useMutation("post", "/api/v1/credentials/{id}/refresh");
  const consent = readConsent(search, credential.provider);
  const works = WORKS.has(credential.status);
  const mayWrite = useMay("credentials:write", { client: credential.client_id });
  const consents = credential.provider !== "caldav";

  const runChecks = async () => {
    try {
      setChecks(await validate.mutateAsync(path));
    } catch {
      setChecks(null);
    }
    await refreshed(queries);
  };
  const runRefresh = async () => {
    try {
      await refresh.mutateAsync(path);
      notifyDone("Refreshed: the account answers.");
    } catch {
      // Shown by the notification of the failed mutation.
    }
    await refreshed(queries);
  };
  const reconnect = consents
    ? {
        label: credential.status === "not_authorized" ? "Connect" : "Reconnect",
        run: () => void connect(credential.id),
      }
    : { label: "Enter the password again", run: () => setEditing(true) };

  return (
    <Stack>
      <PageHeader
        title={credentialName(credential)}
        description={
          <>
            {providerNames[credential.provider]} · <CredentialBadge status={credential.status} />
          </>
        }
        help="credentials"
      >
        {mayWrite && !works && (
          <Button loading={leaving} leftSection={<PlugZap size={16} aria-hidden />} onClick={reconnect.run}>
            {reconnect.label}
          </Button>
        )}
        {mayWrite && (
          <Button
            variant="default"
            loading={validate.isPending}
            leftSection={<Stethoscope size={16} aria-hidden />}
            onClick={() => void runChecks()}
          >
            Validate
          </Button>
        )}
      </PageHeader>
      {consent && (
        <ConsentAlert
          result={consent}
          detail={search.detail}
          onClose={() => void navigate({ to: ".", search: {}, replace: true })}
        >
          {consent.ok ? (
            <Button
              size="compact-sm"
              leftSection={<CalendarPlus size={14} aria-hidden />}
              renderRoot={(props) => (
                <Link
                  to="/events/$eventId"
                  params={{ eventId: "new" }}
                  search={{ client: credential.client_id }}
                  {...props}
                />
              )}
            >
              Create the first event
            </Button>
          ) : (
            <Button size="compact-sm" loading={leaving} onClick={reconnect.run}>
              Connect again
            </Button>
          )}
        </ConsentAlert>
      )}
      {credential.status_detail && !consent && (
        <Alert
          color={credentialLooks[credential.status].color}
          role="status"
          title={credentialLooks[credential.status].label}
        >
          {credential.status_detail}
        </Alert>
      )}
      {checks && <Checks result={checks} onClose={() => setChecks(null)} />}
      {credential.status !== "not_authorized" && <CredentialCalendars credential={credential} />}
      <Section
        title="Facts"
        aside={
          mayWrite && (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<Pencil size={14} aria-hidden />}
              onClick={() => setEditing(true)}
            >
              Edit
            </Button>
          )
        }
      >
        <Facts credential={credential} />
      </Section>
      {consents && <GrantedScopes credential={credential} />}
      {credential.server && <ServerFacts server={credential.server} />}
      {mayWrite && works && <TestEvent credential={credential} />}
      {mayWrite && (
        <Section title="More">
          <Group gap="xs">
            <Button
              variant="default"
              loading={refresh.isPending}
              disabled={credential.status === "not_authorized" || credential.status === "revoked"}
              leftSection={<RefreshCw size={16} aria-hidden />}
              onClick={() => void runRefresh()}
            >
              {consents ? "Refresh the token now" : "Sign in again now"}
            </Button>
            {consents && works && (
              <Button
                variant="default"
                loading={leaving}
                leftSection={<PlugZap size={16} aria-hidden />}
                onClick={() => void connect(credential.id)}
              >
                Reconnect
              </Button>
            )}
            {credential.status !== "revoked" && credential.status !== "not_authorized" && (
              <Button
                variant="default"
                loading={busy}
                leftSection={<Unplug size={16} aria-hidden />}
                onClick={() => void revoke(credential)}
              >
                Disconnect…
              </Button>
            )}
            <Button
              color="red"
              variant="light"
              loading={busy}
              leftSection={<Trash2 size={16} aria-hidden />}
              onClick={() => void remove(credential)}
            >
              Delete account…
            </Button>
          </Group>
        </Section>
      )}
      {editing && <EditCredential credential={credential} onClose={() => setEditing(false)} />}
    </Stack>
  );
}

function Facts({ credential }: { credential: Credential }) {
  const client = $api.useQuery("get", "/api/v1/clients/{id}", { params: { path: { id: credential.client_id } } });
  const staff = $api.useQuery(
    "get",
    "/api/v1/staff/{id}",
    { params: { path: { id: credential.staff_id ?? "" } } },
    { enabled: credential.staff_id !== null },
  );
  const when = (at: string | null, none: string) =>
    at ? (
      <>
        {dateTime(at)} (<RelativeTime at={at} />)
      </>
    ) : (
      none
    );
  const rows: [string, ReactNode][] = [
    [
      "Client",
      <Anchor
        key="client"
        renderRoot={(props) => <Link to="/clients/$clientId" params={{ clientId: credential.client_id }} {...props} />}
      >
        {client.data?.name ?? "…"}
      </Anchor>,
    ],
    ...(credential.staff_id ? ([["Belongs to", staff.data?.name ?? "…"]] as [string, ReactNode][]) : []),
    ["Account", credential.account_email ?? credential.username ?? "Not known yet"],
    ...(credential.provider !== "caldav"
      ? ([
          [
            "OAuth app",
            credential.uses_installation_app ? (
              "The app of this installation"
            ) : (
              <Code key="app" style={{ overflowWrap: "anywhere" }}>
                {credential.oauth_client_id}
              </Code>
            ),
          ],
        ] as [string, ReactNode][])
      : ([["Server", <Code key="server">{credential.server_url}</Code>]] as [string, ReactNode][])),
    ["Connected", when(credential.authorized_at, "Not yet")],
    ["Last checked", when(credential.validated_at, "Never")],
    ...(credential.expires_at
      ? ([["Access token until", <>{when(credential.expires_at, "")}, renewed by itself</>]] as [string, ReactNode][])
      : []),
  ];
  return (
    <Table variant="vertical" withRowBorders={false} layout="fixed">
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th w={150} fw={500} bg="transparent" c="dimmed" px={0}>
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <Text size="sm" component="div">
                {value}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
