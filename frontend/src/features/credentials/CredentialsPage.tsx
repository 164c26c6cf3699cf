import { Button, Chip, Group, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useClientNames } from "@/api/names";
import type { CredentialStatus } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { May } from "@/ui/May";
import { PageHeader } from "@/ui/PageHeader";
import { credentialLooks } from "@/ui/status";
import { ConsentAlert } from "./ConsentAlert";
import { CredentialTable, CredentialTableSkeleton } from "./CredentialTable";
import { readConsent } from "./consent";

const statuses = Object.keys(credentialLooks) as CredentialStatus[];

export function CredentialsPage() {
  const search = useSearch({ from: "/inside/credentials" });
  const navigate = useNavigate();
  const client = useClientScope();
  const [status, setStatus] = useState<CredentialStatus | null>(null);
  const query = { client_id: client, status: status ?? undefined, limit: 50 };
  const list = useInfiniteQuery({
    queryKey: ["get", "/api/v1/credentials", "pages", query],
    queryFn: async ({ pageParam, signal }) => {
      const { data } = await api.GET("/api/v1/credentials", {
        params: { query: { ...query, cursor: pageParam } },
        signal,
      });
      if (!data) throw new Error("empty answer");
      return data;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const names = useClientNames(client === undefined);
  const consent = readConsent(search);
  const credentials = list.data?.pages.flatMap((page) => page.data) ?? [];
  const add = (
    <May scope="credentials:write">
      <Button
        leftSection={<Plus size={16} aria-hidden />}
        renderRoot={(props) => <Link to="/credentials/new" {...props} />}
      >
        Connect an account
      </Button>
    </May>
  );
  return (
    <>
      <PageHeader
        title="Credentials"
        description="The accounts we may act for, and whether they work."
        help="credentials"
      >
        {add}
      </PageHeader>
      {consent && (
        <ConsentAlert
          result={consent}
          detail={search.detail}
          onClose={() => void navigate({ to: "/credentials", replace: true })}
        />
      )}
      <Stack>
        <Chip.Group value={status ?? ""} onChange={(value) => setStatus((value || null) as CredentialStatus | null)}>
          <Group gap={6} role="group" aria-label="Filter by status">
            <Chip value="" size="sm">
              All
            </Chip>
            {statuses.map((one) => (
              <Chip key={one} value={one} size="sm">
                {credentialLooks[one].label}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        {list.error ? (
          <Failure error={list.error} onRetry={() => void list.refetch()} />
        ) : !list.data ? (
          <CredentialTableSkeleton />
        ) : credentials.length === 0 ? (
          <EmptyState
            icon={KeyRound}
            title={status ? `No account is “${credentialLooks[status].label.toLowerCase()}”` : "No account yet"}
            body={
              status
                ? "Choose another status to see the others."
                : "An account lets us read and write calendars at Google, Microsoft 365 or on a CalDAV server for one client."
            }
          >
            {status ? (
              <Button variant="default" onClick={() => setStatus(null)}>
                Show all
              </Button>
            ) : (
              add
            )}
          </EmptyState>
        ) : (
          <>
            <CredentialTable credentials={credentials} clientName={client ? undefined : (id) => names.data?.get(id)} />
            {list.hasNextPage && (
              <Group justify="center">
                <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  Show more
                </Button>
              </Group>
            )}
          </>
        )}
      </Stack>
    </>
  );
}
