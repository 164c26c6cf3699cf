import { Button, Combobox, Loader, Text, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { Building2, Check, ChevronsUpDown } from "lucide-react";
import { useEffect, useState } from "react";
import { $api } from "@/api/client";
import { toApiError } from "@/api/error";
import { useClientScope, useSetClientScope } from "@/lib/client-scope";

const ALL = "all";

/** Chooses the client that every page shows; searches on the service, so thousands of clients are fine. */
export function ClientSwitcher() {
  const scope = useClientScope();
  const setScope = useSetClientScope();
  const [search, setSearch] = useState("");
  const [q] = useDebouncedValue(search.trim(), 150);
  const combobox = useCombobox({
    onDropdownOpen: () => combobox.focusSearchInput(),
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch("");
    },
  });
  const list = $api.useQuery(
    "get",
    "/api/v1/clients",
    { params: { query: { q: q || undefined, limit: 20 } } },
    { enabled: combobox.dropdownOpened, placeholderData: keepPreviousData },
  );
  const current = $api.useQuery(
    "get",
    "/api/v1/clients/{id}",
    { params: { path: { id: scope ?? "" } } },
    { enabled: scope !== undefined, staleTime: 60_000 },
  );

  // The remembered client may be gone since the last visit.
  const gone = current.error !== null && toApiError(current.error).status === 404;
  useEffect(() => {
    if (gone) setScope(undefined);
  }, [gone, setScope]);

  // The first match is chosen, so typing a name and Enter is enough.
  // What is typed counts at once; the service's answer to it may follow.
  const words = search.trim().toLowerCase();
  const found = list.data?.data.filter((client) => `${client.name} ${client.email}`.toLowerCase().includes(words));
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another list moves the choice
  useEffect(() => {
    if (combobox.dropdownOpened) combobox.selectFirstOption();
  }, [found?.map((client) => client.id).join(), words]);

  const name = scope === undefined ? "All clients" : (current.data?.name ?? "…");
  return (
    <Combobox
      store={combobox}
      position="bottom-start"
      width={300}
      shadow="md"
      onOptionSubmit={(value) => {
        setScope(value === ALL ? undefined : value);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button" withAriaAttributes={false}>
        <Button
          variant="default"
          onClick={() => combobox.toggleDropdown()}
          leftSection={<Building2 size={16} aria-hidden />}
          rightSection={<ChevronsUpDown size={14} aria-hidden />}
          aria-label={`Client: ${name}. Switch client`}
          aria-haspopup="dialog"
          aria-expanded={combobox.dropdownOpened}
          maw={{ base: 180, sm: 260 }}
          miw={{ base: 0, sm: 160 }}
          px="sm"
          justify="space-between"
          styles={{ label: { overflow: "hidden", textOverflow: "ellipsis" } }}
        >
          <Text span truncate size="sm" fw={500}>
            {name}
          </Text>
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <div role="dialog" aria-label="Switch client">
          <Combobox.Search
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            placeholder="Find a client"
            aria-label="Find a client"
            rightSection={list.isFetching ? <Loader size={14} /> : null}
          />
          <Combobox.Options mah={320} style={{ overflowY: "auto" }} aria-label="Clients">
            {!words && (
              <Combobox.Option value={ALL} active={scope === undefined}>
                <Choice name="All clients" chosen={scope === undefined} />
              </Combobox.Option>
            )}
            {found?.map((client) => (
              <Combobox.Option key={client.id} value={client.id} active={client.id === scope}>
                <Choice name={client.name} detail={client.email} chosen={client.id === scope} />
              </Combobox.Option>
            ))}
            {found?.length === 0 && !list.isFetching && <Combobox.Empty>No client matches</Combobox.Empty>}
            {list.error !== null && <Combobox.Empty>{toApiError(list.error).detail}</Combobox.Empty>}
          </Combobox.Options>
          {list.data?.next_cursor && <Combobox.Footer fz="xs">More: type to narrow down</Combobox.Footer>}
        </div>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Choice({ name, detail, chosen }: { name: string; detail?: string; chosen: boolean }) {
  return (
    <span style={{ display: "flex", alignItems: "center", gap: 8 }}>
      <span style={{ flex: 1, minWidth: 0 }}>
        <Text span display="block" size="sm" fw={500} truncate>
          {name}
        </Text>
        {detail && (
          <Text span display="block" size="xs" opacity={0.8} truncate>
            {detail}
          </Text>
        )}
      </span>
      {chosen && <Check size={14} aria-hidden />}
    </span>
  );
}
