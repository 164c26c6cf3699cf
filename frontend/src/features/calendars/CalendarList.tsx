// Calendars grouped by account, each with what it takes part in and how fresh it is.
import { Button, Card, Group, Skeleton, Stack, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarDays, Plus, Search } from "lucide-react";
import { useState } from "react";
import { api } from "@/api/client";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { May } from "@/ui/May";
import { Section } from "@/ui/Section";
import { CredentialBadge, providerNames } from "@/ui/status";
import { CalendarCard } from "./CalendarCard";
import { NewCalendar } from "./NewCalendar";

export function CalendarList({ clientId }: { clientId?: string }) {
  const [adding, setAdding] = useState(false);
  const [search, setSearch] = useState("");
  const list = useInfiniteQuery({
    queryKey: ["get", "/api/v1/calendars/pages", clientId ?? null],
    queryFn: async ({ pageParam, signal }) => {
      const query = { client_id: clientId, limit: 200, cursor: pageParam };
      const { data } = await api.GET("/api/v1/calendars", { params: { query }, signal });
      if (!data) throw new Error("empty answer");
      return data;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const credentials = useQuery({
    queryKey: ["get", "/api/v1/credentials", "of-calendars", clientId ?? null],
    queryFn: async ({ signal }) => {
      const query = { client_id: clientId, limit: 500 };
      const { data } = await api.GET("/api/v1/credentials", { params: { query }, signal });
      return data?.data ?? [];
    },
  });
  if (list.error && !list.data) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data || !credentials.data) {
    return (
      <Stack aria-busy="true" aria-label="Loading calendars">
        {[0, 1].map((row) => (
          <Card key={row}>
            <Skeleton h={20} w={200} mb="md" />
            <Skeleton h={110} />
          </Card>
        ))}
      </Stack>
    );
  }
  const calendars = list.data.pages.flatMap((page) => page.data);
  const wanted = search.trim().toLocaleLowerCase();
  const shown = wanted ? calendars.filter((one) => one.name.toLocaleLowerCase().includes(wanted)) : calendars;
  const groups = credentials.data
    .map((credential) => ({ credential, calendars: shown.filter((one) => one.credential_id === credential.id) }))
    .filter((group) => group.calendars.length > 0);
  const connected = credentials.data.filter((one) => one.status === "valid" || one.status === "expiring");

  if (calendars.length === 0) {
    return (
      <EmptyState
        icon={CalendarDays}
        title="No calendar yet"
        body={
          connected.length > 0
            ? "The connected accounts have no calendar. Make one here, or at the provider."
            : "Calendars appear as soon as an account is connected."
        }
      >
        <May scope={connected.length > 0 ? "calendars:write" : "credentials:write"} client={clientId}>
          {connected.length > 0 ? (
            <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}>
              New calendar
            </Button>
          ) : (
            <Button
              renderRoot={(props) => (
                <Link to="/credentials/new" search={clientId ? { client: clientId } : {}} {...props} />
              )}
            >
              Connect an account
            </Button>
          )}
        </May>
        {adding && <NewCalendar credentials={connected} onClose={() => setAdding(false)} />}
      </EmptyState>
    );
  }
  return (
    <Stack>
      <Group justify="space-between">
        <TextInput
          aria-label="Find a calendar"
          placeholder="Find a calendar"
          leftSection={<Search size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          style={{ flex: "1 1 14rem", maxWidth: 320 }}
        />
        <May scope="calendars:write" client={clientId}>
          <Button
            leftSection={<Plus size={16} aria-hidden />}
            disabled={connected.length === 0}
            onClick={() => setAdding(true)}
          >
            New calendar
          </Button>
        </May>
      </Group>
      {groups.length === 0 && (
        <EmptyState icon={Search} title="No calendar matches" body={`None is called “${search.trim()}”.`}>
          <Button variant="default" onClick={() => setSearch("")}>
            Show all
          </Button>
        </EmptyState>
      )}
      {groups.map(({ credential, calendars: own }) => (
        <Section
          key={credential.id}
          title={
            credential.label || credential.account_email || credential.username || providerNames[credential.provider]
          }
          description={providerNames[credential.provider]}
          aside={
            <Group gap="xs">
              <CredentialBadge status={credential.status} detail={credential.status_detail} />
              <Button
                size="compact-sm"
                variant="default"
                renderRoot={(props) => (
                  <Link to="/credentials/$credentialId" params={{ credentialId: credential.id }} {...props} />
                )}
              >
                Account
              </Button>
            </Group>
          }
        >
          <Stack gap={0}>
            {own.map((calendar, index) => (
              <CalendarCard key={calendar.id} calendar={calendar} first={index === 0} />
            ))}
          </Stack>
        </Section>
      ))}
      {list.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </Group>
      )}
      {adding && <NewCalendar credentials={connected} onClose={() => setAdding(false)} />}
    </Stack>
  );
}
