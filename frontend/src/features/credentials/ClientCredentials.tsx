// The accounts of one client; a tab of its page.
import { Button, Group, Stack } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { KeyRound, Plus } from "lucide-react";
import { $api } from "@/api/client";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { May } from "@/ui/May";
import { CredentialTable, CredentialTableSkeleton } from "./CredentialTable";

export function ClientCredentials({ clientId }: { clientId: string }) {
  const list = $api.useQuery("get", "/api/v1/credentials", { params: { query: { client_id: clientId, limit: 100 } } });
  const add = (
    <May scope="credentials:write" client={clientId}>
      <Button
        leftSection={<Plus size={16} aria-hidden />}
        renderRoot={(props) => <Link to="/credentials/new" search={{ client: clientId }} {...props} />}
      >
        Connect an account
      </Button>
    </May>
  );
  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <CredentialTableSkeleton />;
  if (list.data.data.length === 0) {
    return (
      <EmptyState
        icon={KeyRound}
        title="No account connected"
        body="Connect the client’s Google, iCloud, Nextcloud or other CalDAV account. It takes about half a minute."
      >
        {add}
      </EmptyState>
    );
  }
  return (
    <Stack>
      <Group justify="flex-end">{add}</Group>
      <CredentialTable credentials={list.data.data} />
    </Stack>
  );
}
