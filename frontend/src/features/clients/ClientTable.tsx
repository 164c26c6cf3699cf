import {
  ActionIcon,
  Anchor,
  Avatar,
  Badge,
  Box,
  Card,
  Group,
  Menu,
  Skeleton,
  Stack,
  Table,
  Text,
  VisuallyHidden,
} from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Archive, ArchiveRestore, EllipsisVertical, Pencil, Trash2 } from "lucide-react";
import type { Client } from "@/api/types";
import { RelativeTime } from "@/ui/RelativeTime";
import { useClientActions } from "./actions";

export interface ClientTableProps {
  clients: Client[];
  /** Without it the reader may only read. */
  onEdit?: (client: Client) => void;
  /** What is shown belongs to the previous search. */
  stale: boolean;
}

const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;

export function ClientTable({ clients, onEdit, stale }: ClientTableProps) {
  return (
    <Card padding={0} style={{ opacity: stale ? 0.6 : 1 }}>
      <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Client</Table.Th>
            <Table.Th scope="col" visibleFrom="md">
              Time zone
            </Table.Th>
            <Table.Th scope="col" visibleFrom="sm">
              Connected
            </Table.Th>
            <Table.Th scope="col" visibleFrom="md">
              Changed
            </Table.Th>
            {onEdit && (
              <Table.Th scope="col" w={56}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {clients.map((client) => (
            <Table.Tr key={client.id}>
              <Table.Td>
                <Group gap="sm" wrap="nowrap">
                  <Avatar name={client.name} color="brand" radius="md" size={36} aria-hidden />
                  <Box style={{ minWidth: 0 }}>
                    <Group gap="xs" wrap="nowrap">
                      <Anchor
                        fw={600}
                        c="var(--mantine-color-text)"
                        style={{ overflowWrap: "anywhere" }}
                        renderRoot={(props) => (
                          <Link to="/clients/$clientId" params={{ clientId: client.id }} {...props} />
                        )}
                      >
                        {client.name}
                      </Anchor>
                      {client.archived_at && (
                        <Badge color="gray" variant="light" size="sm" tt="none">
                          Archived
                        </Badge>
                      )}
                    </Group>
                    <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                      {client.email}
                    </Text>
                  </Box>
                </Group>
              </Table.Td>
              <Table.Td visibleFrom="md">{client.time_zone.replaceAll("_", " ")}</Table.Td>
              <Table.Td visibleFrom="sm">
                {client.credential_count === 0
                  ? "Not connected"
                  : `${plural(client.credential_count, "account")}, ${plural(client.calendar_count, "calendar")}`}
              </Table.Td>
              <Table.Td visibleFrom="md">
                <RelativeTime at={client.updated_at} />
              </Table.Td>
              {onEdit && (
                <Table.Td>
                  <Actions client={client} onEdit={onEdit} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function Actions({ client, onEdit }: { client: Client; onEdit: (client: Client) => void }) {
  const { archive, restore, purge } = useClientActions();
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${client.name}`}>
          <EllipsisVertical size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {client.archived_at ? (
          <>
            <Menu.Item leftSection={<ArchiveRestore size={16} aria-hidden />} onClick={() => void restore(client)}>
              Restore
            </Menu.Item>
            <Menu.Item color="red" leftSection={<Trash2 size={16} aria-hidden />} onClick={() => void purge(client)}>
              Purge…
            </Menu.Item>
          </>
        ) : (
          <>
            <Menu.Item leftSection={<Pencil size={16} aria-hidden />} onClick={() => onEdit(client)}>
              Edit
            </Menu.Item>
            <Menu.Item leftSection={<Archive size={16} aria-hidden />} onClick={() => void archive(client)}>
              Archive
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

export function ClientTableSkeleton() {
  return (
    <Card padding="md" aria-busy aria-label="Loading clients">
      <Stack gap="md">
        {["a", "b", "c", "d", "e"].map((key) => (
          <Group key={key} wrap="nowrap">
            <Skeleton h={36} w={36} radius="md" />
            <Box style={{ flex: 1 }}>
              <Skeleton h={12} w="32%" mb={8} />
              <Skeleton h={10} w="24%" />
            </Box>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
