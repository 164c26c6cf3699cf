// Who can be booked.
import { ActionIcon, Anchor, Avatar, Badge, Button, Card, Group, Menu, Modal, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { Archive, ArchiveRestore, EllipsisVertical, UserPlus, Users } from "lucide-react";
import { useState } from "react";
import { $api } from "@/api/client";
import { useClientNames } from "@/api/names";
import { useMay } from "@/api/session";
import type { Staff } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { count } from "@/lib/count";
import { EmptyState } from "@/ui/EmptyState";
import { ForClient } from "@/ui/ForClient";
import { byPages } from "@/ui/More";
import { notifyDone } from "@/ui/notify";
import { PageHeader } from "@/ui/PageHeader";
import { useCatalogueActions } from "./actions";
import { Cards } from "./Cards";
import { StaffForm } from "./StaffForm";
import { type Shown, StateFilter } from "./StateFilter";

export function StaffPage() {
  const client_id = useClientScope();
  const navigate = useNavigate();
  const mayWrite = useMay("bookings:write", { least: "admin", whole: true });
  const [state, setState] = useState<Shown>("active");
  const [adding, setAdding] = useState(false);
  const names = useClientNames(client_id === undefined);
  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/staff",
    { params: { query: { client_id, state, limit: 50 } } },
    byPages,
  );
  return (
    <>
      <PageHeader title="Staff" description="Who can be booked, and when." help="services">
        {mayWrite && (
          <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            Add staff member
          </Button>
        )}
      </PageHeader>
      <Group mb="md">
        <StateFilter value={state} onChange={setState} />
      </Group>
      <Cards
        list={list}
        what="staff"
        empty={
          <EmptyState
            icon={Users}
            title={state === "archived" ? "Nobody archived" : "Nobody yet"}
            body="Add everybody who can be booked, with their hours and their calendars."
          />
        }
      >
        {(one) => <StaffCard one={one} client={names.data?.get(one.client_id)} mayWrite={mayWrite} />}
      </Cards>
      <Modal opened={adding} onClose={() => setAdding(false)} title="Add staff member" size="lg">
        <ForClient>
          {(client) => (
            <StaffForm
              key={client}
              client={client}
              onCancel={() => setAdding(false)}
              onSaved={(one) => {
                notifyDone(`${one.name} is added. When do they work?`);
                void navigate({ to: "/staff/$staffId", params: { staffId: one.id } });
              }}
            />
          )}
        </ForClient>
      </Modal>
    </>
  );
}

function StaffCard({ one, client, mayWrite }: { one: Staff; client?: string; mayWrite: boolean }) {
  const { archiveStaff, restoreStaff } = useCatalogueActions();
  const busy = one.calendars.filter((calendar) => calendar.blocks).length;
  return (
    <Card component="li" padding="md">
      <Group justify="space-between" wrap="nowrap">
        <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
          <Avatar name={one.name} color={one.colour ?? "brand"} radius="xl" size={36} aria-hidden />
          <div style={{ minWidth: 0 }}>
            <Group gap="xs">
              <Anchor
                fw={600}
                c="var(--mantine-color-text)"
                style={{ overflowWrap: "anywhere" }}
                renderRoot={(props) => <Link to="/staff/$staffId" params={{ staffId: one.id }} {...props} />}
              >
                {one.name}
              </Anchor>
              {!one.has_hours && (
                <Badge color="orange" variant="light" size="sm" tt="none">
                  No hours yet
                </Badge>
              )}
              {one.archived_at && (
                <Badge color="gray" variant="light" size="sm" tt="none">
                  Archived
                </Badge>
              )}
            </Group>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {[
                client,
                busy === 0 ? "No calendar makes them busy" : `Busy by ${count(busy, "calendar")}`,
                one.time_zone.replaceAll("_", " "),
              ]
                .filter(Boolean)
                .join(" · ")}
            </Text>
          </div>
        </Group>
        {mayWrite && (
          <Menu position="bottom-end" width={180}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${one.name}`}>
                <EllipsisVertical size={18} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {one.archived_at ? (
                <Menu.Item
                  leftSection={<ArchiveRestore size={16} aria-hidden />}
                  onClick={() => void restoreStaff(one)}
                >
                  Restore
                </Menu.Item>
              ) : (
                <Menu.Item leftSection={<Archive size={16} aria-hidden />} onClick={() => void archiveStaff(one)}>
                  Archive
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>
    </Card>
  );
}
