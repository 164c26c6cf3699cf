import { Alert, Badge, Button, Group, Skeleton, Stack, Tabs } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Archive, CalendarDays, KeyRound, LayoutDashboard, Settings } from "lucide-react";
import type { ComponentType } from "react";
import { $api } from "@/api/client";
import { toApiError } from "@/api/error";
import { useMay } from "@/api/session";
import type { Client } from "@/api/types";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { PageHeader } from "@/ui/PageHeader";
import { Section } from "@/ui/Section";
import { useClientActions } from "./actions";
import { ClientOverview } from "./ClientOverview";
import { EditClient } from "./EditClient";

export interface ClientPageProps {
  clientId: string;
  /** Contents of the tabs that other features own; `app` hands them in. */
  credentials: ComponentType<{ clientId: string }>;
  calendars: ComponentType<{ clientId: string }>;
}

type Tab = "overview" | "credentials" | "calendars" | "settings";

export function ClientPage({ clientId, credentials: Credentials, calendars: Calendars }: ClientPageProps) {
  const { tab = "overview" } = useSearch({ from: "/inside/clients/$clientId" });
  const navigate = useNavigate({ from: "/clients/$clientId" });
  const mayWrite = useMay("clients:write", { client: clientId, whole: true });
  const query = $api.useQuery("get", "/api/v1/clients/{id}", { params: { path: { id: clientId } } });
  const client = query.data;

  if (query.error && toApiError(query.error).status === 404) {
    return (
      <EmptyState order={1} icon={Archive} title="No such client" body="It was purged, or the address is mistyped.">
        <Button renderRoot={(props) => <Link to="/clients" {...props} />}>All clients</Button>
      </EmptyState>
    );
  }
  if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (!client) return <ClientSkeleton />;

  const go = (next: Tab) => navigate({ search: (old) => ({ ...old, tab: next === "overview" ? undefined : next }) });
  return (
    <>
      <PageHeader
        title={client.name}
        description={`${client.email} · ${client.time_zone.replaceAll("_", " ")}`}
        help="clients"
      >
        {client.archived_at && (
          <Badge color="gray" variant="light" size="lg" tt="none">
            Archived
          </Badge>
        )}
        <Button
          variant="default"
          leftSection={<CalendarDays size={16} aria-hidden />}
          renderRoot={(props) => <Link to="/calendar" search={{ client: clientId } as never} {...props} />}
        >
          Open calendar
        </Button>
      </PageHeader>
      {client.archived_at && mayWrite && <ArchivedNotice client={client} />}
      <Tabs value={tab} onChange={(value) => void go((value ?? "overview") as Tab)} keepMounted={false}>
        <Tabs.List mb="lg" style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
          <Tabs.Tab value="overview" leftSection={<LayoutDashboard size={16} aria-hidden />}>
            Overview
          </Tabs.Tab>
          <Tabs.Tab value="credentials" leftSection={<KeyRound size={16} aria-hidden />}>
            Credentials
          </Tabs.Tab>
          <Tabs.Tab value="calendars" leftSection={<CalendarDays size={16} aria-hidden />}>
            Calendars
          </Tabs.Tab>
          {mayWrite && (
            <Tabs.Tab value="settings" leftSection={<Settings size={16} aria-hidden />}>
              Settings
            </Tabs.Tab>
          )}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <ClientOverview client={client} />
        </Tabs.Panel>
        <Tabs.Panel value="credentials">
          <Credentials clientId={clientId} />
        </Tabs.Panel>
        <Tabs.Panel value="calendars">
          <Calendars clientId={clientId} />
        </Tabs.Panel>
        {mayWrite && (
          <Tabs.Panel value="settings">
            <ClientSettings client={client} />
          </Tabs.Panel>
        )}
      </Tabs>
    </>
  );
}

function ArchivedNotice({ client }: { client: Client }) {
  const { restore } = useClientActions();
  return (
    <Alert color="gray" icon={<Archive aria-hidden />} mb="md">
      <Group justify="space-between">
        <span>This client is archived: it is not shown in lists, and nothing was lost.</span>
        <Button size="compact-sm" variant="default" onClick={() => void restore(client)}>
          Restore
        </Button>
      </Group>
    </Alert>
  );
}

function ClientSettings({ client }: { client: Client }) {
  const { archive, restore, purge } = useClientActions();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const mayRemove = useMay("clients:write", { all: true });
  return (
    <Stack maw={640}>
      <Section title="Details">
        <EditClient clientId={client.id} onSaved={(saved) => notifyDone(`${saved.name} is saved.`)} />
      </Section>
      {mayRemove && (
        <Section
          title={client.archived_at ? "Restore or purge" : "Archive"}
          description={
            client.archived_at
              ? "Restoring brings everything back. Purging erases it from this service for good."
              : "Takes the client out of the lists. Accounts and calendars are kept; you can restore it at any time."
          }
        >
          <Group>
            {client.archived_at ? (
              <>
                <Button variant="default" onClick={() => void restore(client)}>
                  Restore
                </Button>
                <Button
                  color="red"
                  onClick={async () => {
                    if (!(await purge(client))) return;
                    await navigate({ to: "/clients", search: { client: undefined } as never });
                    queries.removeQueries({ queryKey: ["get", "/api/v1/clients/{id}"] });
                  }}
                >
                  Purge…
                </Button>
              </>
            ) : (
              <Button
                variant="default"
                leftSection={<Archive size={16} aria-hidden />}
                onClick={() => void archive(client)}
              >
                Archive client
              </Button>
            )}
          </Group>
        </Section>
      )}
    </Stack>
  );
}

function ClientSkeleton() {
  return (
    <div aria-busy>
      <Skeleton h={28} w={240} mb={10} />
      <Skeleton h={14} w={320} mb="xl" />
      <Skeleton h={36} mb="lg" />
      <Skeleton h={180} radius="lg" />
    </div>
  );
}
