import { Select, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useClientNames } from "@/api/names";
import { useClientScope } from "@/lib/client-scope";

/** The client something new belongs to: the one on the screen, or one that is chosen here. */
export function ForClient({ children }: { children: (client: string) => ReactNode }) {
  const scope = useClientScope();
  const [chosen, setChosen] = useState<string | null>(null);
  const names = useClientNames(scope === undefined);
  const client = scope ?? chosen;
  return (
    <Stack>
      {scope === undefined && (
        <Select
          label="Client"
          placeholder="Choose whose it is"
          required
          searchable
          data-autofocus
          data={[...(names.data ?? [])].map(([value, label]) => ({ value, label }))}
          value={chosen}
          onChange={setChosen}
        />
      )}
      {client && children(client)}
    </Stack>
  );
}
