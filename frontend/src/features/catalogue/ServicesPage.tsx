// What a client offers, when it is closed, and how it wants bookings treated.
import { ActionIcon, Badge, Box, Button, Card, Group, Menu, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Archive, ArchiveRestore, EllipsisVertical, Pencil, Plus, Sparkles } from "lucide-react";
import { useState } from "react";
import { $api, api } from "@/api/client";
import { useClientNames } from "@/api/names";
import { useMay } from "@/api/session";
import type { Service, Staff } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { count } from "@/lib/count";
import { CalendarDot } from "@/ui/CalendarToggles";
import { EmptyState } from "@/ui/EmptyState";
import { byPages } from "@/ui/More";
import { PageHeader } from "@/ui/PageHeader";
import { useCatalogueActions } from "./actions";
import { Cards, EditDialog } from "./Cards";
import { Closures } from "./Closures";
import { Policy } from "./Policy";
import { everybodyQuery, ServiceForm } from "./ServiceForm";
import { type Shown, StateFilter } from "./StateFilter";
import { length, terms } from "./words";

export function ServicesPage() {
  const { tab = "services" } = useSearch({ from: "/inside/services" });
  const navigate = useNavigate({ from: "/services" });
  const go = (value: string | null) =>
    navigate({
      search: (old) => ({ ...old, tab: value === "closures" || value === "policy" ? value : undefined }),
      replace: true,
    });
  return (
    <>
      <PageHeader
        title="Services"
        description="What can be booked, when nobody can, and how bookings are treated."
        help="services"
      />
      <Tabs value={tab} onChange={(value) => void go(value)} keepMounted={false}>
        <Tabs.List mb="lg" style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
          <Tabs.Tab value="services">Services</Tabs.Tab>
          <Tabs.Tab value="closures">Closures</Tabs.Tab>
          <Tabs.Tab value="policy">Booking policy</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="services">
          <Services />
        </Tabs.Panel>
        <Tabs.Panel value="closures">
          <Closures />
        </Tabs.Panel>
        <Tabs.Panel value="policy">
          <Policy />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

const idsOfArchived = (all: Staff[]) => new Set(all.filter((one) => one.archived_at).map((one) => one.id));

function Services() {
  const client_id = useClientScope();
  const mayWrite = useMay("bookings:write", { least: "admin", whole: true });
  const [state, setState] = useState<Shown>("active");
  const [open, setOpen] = useState<Service | "new" | null>(null);
  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/services",
    { params: { query: { client_id, state, limit: 50 } } },
    byPages,
  );
  const names = useClientNames(client_id === undefined);
  const { data: archived } = useQuery({ ...everybodyQuery(client_id), select: idsOfArchived });
  const add = mayWrite && (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setOpen("new")}>
      Add service
    </Button>
  );
  return (
    <>
      <Group mb="md" justify="space-between">
        <StateFilter value={state} onChange={setState} />
        {add}
      </Group>
      <Cards
        list={list}
        what="services"
        empty={
          <EmptyState
            icon={Sparkles}
            title={state === "archived" ? "Nothing archived" : "No services yet"}
            body="A service is what can be booked: how long it takes, who does it, how far ahead."
          />
        }
      >
        {(one) => (
          <ServiceCard
            service={one}
            client={names.data?.get(one.client_id)}
            doers={archived && one.staff_ids.filter((id) => !archived.has(id)).length}
            onEdit={mayWrite ? () => setOpen(one) : undefined}
          />
        )}
      </Cards>
      <EditDialog
        open={open}
        what="service"
        size="lg"
        load={(id) => api.GET("/api/v1/services/{id}", { params: { path: { id } } })}
        onClose={() => setOpen(null)}
      >
        {(props) => <ServiceForm {...props} />}
      </EditDialog>
    </>
  );
}

interface ServiceCardProps {
  service: Service;
  client?: string;
  /** How many do it, without who is archived; as long as that is not known, nothing is said. */
  doers?: number;
  onEdit?: () => void;
}

function ServiceCard({ service, client, doers, onEdit }: ServiceCardProps) {
  const { archiveService, restoreService } = useCatalogueActions();
  return (
    <Card component="li" padding="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Box style={{ minWidth: 0 }}>
          <Group gap="xs">
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              <CalendarDot colour={service.colour} /> {service.name}
            </Text>
            {service.price_text && <Text size="sm">{service.price_text}</Text>}
            {service.archived_at && (
              <Badge color="gray" variant="light" size="sm" tt="none">
                Archived
              </Badge>
            )}
          </Group>
          <Text size="sm">{terms(service)}</Text>
          <Text size="sm" c="dimmed">
            {[
              client,
              doers === 0 ? "Nobody does it yet" : doers && count(doers, "staff member"),
              ...service.variants.map((one) => `${one.name}: ${length(one.duration_minutes)}`),
            ]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        </Box>
        {onEdit && (
          <Menu position="bottom-end" width={180}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${service.name}`}>
                <EllipsisVertical size={18} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<Pencil size={16} aria-hidden />} onClick={onEdit}>
                Edit
              </Menu.Item>
              {service.archived_at ? (
                <Menu.Item
                  leftSection={<ArchiveRestore size={16} aria-hidden />}
                  onClick={() => void restoreService(service)}
                >
                  Restore
                </Menu.Item>
              ) : (
                <Menu.Item leftSection={<Archive size={16} aria-hidden />} onClick={() => void archiveService(service)}>
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
