import { Button, Group, Modal, SegmentedControl, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Search, UserPlus, Users } from "lucide-react";
import { useEffect, useState } from "react";
import { $api } from "@/api/client";
import { useMay } from "@/api/session";
import type { Client } from "@/api/types";
import { announce } from "@/ui/announce";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { PageHeader } from "@/ui/PageHeader";
import { ClientForm } from "./ClientForm";
import { ClientTable, ClientTableSkeleton } from "./ClientTable";
import { EditClient } from "./EditClient";

export function ClientsPage() {
  const { q, state = "active", new: adding } = useSearch({ from: "/inside/clients" });
  const navigate = useNavigate({ from: "/clients" });
  const mayWrite = useMay("clients:write", { all: true });
  const [editing, setEditing] = useState<Client | null>(null);
  const [typed, setTyped] = useState(q ?? "");
  const searchFor = useDebouncedCallback((value: string) => {
    void navigate({ search: (old) => ({ ...old, q: value.trim() || undefined }), replace: true });
  }, 200);

  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/clients",
    { params: { query: { q, state, limit: 50 } } },
    {
      pageParamName: "cursor",
      initialPageParam: null,
      getNextPageParam: (page) => page.next_cursor ?? undefined,
      placeholderData: keepPreviousData,
    },
  );
  const clients = list.data?.pages.flatMap((page) => page.data);
  const count = clients?.length;
  useEffect(() => {
    if (count !== undefined && q) announce(`${count} ${count === 1 ? "client" : "clients"} found`);
  }, [count, q]);

  const openForm = (open: boolean) => navigate({ search: (old) => ({ ...old, new: open || undefined }) });
  const close = () => {
    setEditing(null);
    if (adding) void openForm(false);
  };

  return (
    <>
      <PageHeader title="Clients" description="The businesses whose calendars you manage." help="clients">
        {mayWrite && (
          <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={() => void openForm(true)}>
            Add client
          </Button>
        )}
      </PageHeader>
      <Group mb="md" gap="sm">
        <TextInput
          type="search"
          aria-label="Search clients"
          placeholder="Search by name or e-mail"
          leftSection={<Search size={16} aria-hidden />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            searchFor(event.currentTarget.value);
          }}
          style={{ flex: "1 1 14rem", maxWidth: 360 }}
        />
        <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
          <VisuallyHidden component="legend">State</VisuallyHidden>
          <SegmentedControl
            value={state}
            onChange={(value) =>
              void navigate({
                search: (old) => ({ ...old, state: value === "archived" || value === "all" ? value : undefined }),
                replace: true,
              })
            }
            data={[
              { value: "active", label: "Active" },
              { value: "archived", label: "Archived" },
              { value: "all", label: "All" },
            ]}
          />
        </fieldset>
      </Group>

      {list.error ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : clients === undefined ? (
        <ClientTableSkeleton />
      ) : clients.length === 0 ? (
        <Nothing q={q} state={state} onAdd={mayWrite ? () => void openForm(true) : undefined} />
      ) : (
        <>
          <ClientTable clients={clients} onEdit={mayWrite ? setEditing : undefined} stale={list.isPlaceholderData} />
          {list.hasNextPage && (
            <Group justify="center" mt="md">
              <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show more
              </Button>
            </Group>
          )}
        </>
      )}

      <Modal
        opened={(adding === true && mayWrite) || editing !== null}
        onClose={close}
        title={editing ? `Edit ${editing.name}` : "Add client"}
      >
        {editing ? (
          <EditClient
            clientId={editing.id}
            onCancel={close}
            onSaved={(client) => {
              close();
              notifyDone(`${client.name} is saved.`);
            }}
          />
        ) : (
          <ClientForm
            onCancel={close}
            onSaved={(client) => {
              notifyDone(`${client.name} is added.`);
              void navigate({ to: "/clients/$clientId", params: { clientId: client.id } });
            }}
          />
        )}
      </Modal>
    </>
  );
}

function Nothing({ q, state, onAdd }: { q?: string; state: string; onAdd?: () => void }) {
  if (q)
    return (
      <EmptyState
        icon={Search}
        title="No client matches"
        body={`Nothing found for “${q}”. Try fewer letters, or another state.`}
      />
    );
  if (state === "archived") {
    return (
      <EmptyState
        icon={Users}
        title="Nothing archived"
        body="Archived clients wait here until you restore or purge them."
      />
    );
  }
  return (
    <EmptyState
      icon={Users}
      title="No clients yet"
      body="A client is a business whose calendars you manage. Add the first one, then connect its account."
    >
      {onAdd && (
        <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={onAdd}>
          Add client
        </Button>
      )}
    </EmptyState>
  );
}
