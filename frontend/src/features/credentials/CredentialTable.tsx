// Accounts as rows: whose, where, whether they work. Also stands in the client's page.
import { Anchor, Box, Button, Card, Group, Skeleton, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { PlugZap } from "lucide-react";
import { useMay } from "@/api/session";
import type { Credential } from "@/api/types";
import { Breakable } from "@/ui/Breakable";
import { RelativeTime } from "@/ui/RelativeTime";
import { CredentialBadge, providerNames } from "@/ui/status";
import { credentialName, useConnect } from "./actions";

export interface CredentialTableProps {
  credentials: Credential[];
  /** Names of clients; without it the column is left out. */
  clientName?: (id: string) => string | undefined;
}

const BROKEN = new Set<Credential["status"]>(["not_authorized", "expired", "needs_reauthorization", "revoked"]);

export function CredentialTable({ credentials, clientName }: CredentialTableProps) {
  return (
    <Card padding={0}>
      <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Account</Table.Th>
            {clientName && (
              <Table.Th scope="col" visibleFrom="sm">
                Client
              </Table.Th>
            )}
            <Table.Th scope="col">Status</Table.Th>
            <Table.Th scope="col" visibleFrom="md">
              Checked
            </Table.Th>
            <Table.Th scope="col" visibleFrom="sm" w={140}>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {credentials.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>
                <Anchor
                  fw={600}
                  c="var(--mantine-color-text)"
                  style={{ overflowWrap: "anywhere" }}
                  renderRoot={(props) => (
                    <Link to="/credentials/$credentialId" params={{ credentialId: one.id }} {...props} />
                  )}
                >
                  <Breakable text={credentialName(one)} />
                </Anchor>
                <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  {providerNames[one.provider]}
                  {one.label && (one.account_email ?? one.username) ? ` · ${one.account_email ?? one.username}` : ""}
                </Text>
                {clientName && (
                  <Text size="xs" c="dimmed" hiddenFrom="sm">
                    {clientName(one.client_id)}
                  </Text>
                )}
              </Table.Td>
              {clientName && (
                <Table.Td visibleFrom="sm">
                  <Anchor
                    size="sm"
                    renderRoot={(props) => (
                      <Link to="/clients/$clientId" params={{ clientId: one.client_id }} {...props} />
                    )}
                  >
                    {clientName(one.client_id) ?? "…"}
                  </Anchor>
                </Table.Td>
              )}
              <Table.Td>
                <CredentialBadge status={one.status} />
                {one.status_detail && one.status !== "valid" && (
                  <Text size="xs" c="dimmed" mt={4} maw={360}>
                    {one.status_detail}
                  </Text>
                )}
              </Table.Td>
              <Table.Td visibleFrom="md">
                {one.validated_at ? <RelativeTime at={one.validated_at} /> : "Never"}
              </Table.Td>
              <Table.Td visibleFrom="sm">
                {BROKEN.has(one.status) && one.provider !== "caldav" && <Reconnect credential={one} />}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function Reconnect({ credential }: { credential: Credential }) {
  const { connect, leaving } = useConnect();
  const verb = credential.status === "not_authorized" ? "Connect" : "Reconnect";
  const mayConnect = useMay("credentials:write", { client: credential.client_id });
  if (!mayConnect) return null;
  return (
    <Button
      size="compact-md"
      variant="light"
      loading={leaving}
      leftSection={<PlugZap size={14} aria-hidden />}
      aria-label={`${verb} ${credentialName(credential)}`}
      onClick={() => void connect(credential.id)}
    >
      {verb}
    </Button>
  );
}

export function CredentialTableSkeleton() {
  return (
    <Card aria-busy="true" aria-label="Loading accounts">
      <Stack>
        {[0, 1, 2].map((row) => (
          <Group key={row} justify="space-between">
            <Box>
              <Skeleton h={14} w={180} mb={6} />
              <Skeleton h={10} w={120} />
            </Box>
            <Skeleton h={22} w={90} radius="xl" />
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
