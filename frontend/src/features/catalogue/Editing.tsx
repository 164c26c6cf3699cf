// What the editors of this folder share: the wait for the present version, and which client something new is for.
import { Select, Skeleton, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useClientNames } from "@/api/names";
import { useClientScope } from "@/lib/client-scope";
import { Failure } from "@/ui/Failure";
import { type Edited, useEdited } from "./edited";

export interface EditingProps<T> {
  id: string;
  load: () => Promise<{ data?: T; response: Response }>;
  children: (edited: Edited<T>) => ReactNode;
}

export function Editing<T>({ id, load, children }: EditingProps<T>) {
  const { edited, error, retry } = useEdited(id, load);
  if (error) return <Failure error={error} onRetry={retry} />;
  if (!edited) {
    return (
      <Stack gap="lg" aria-busy>
        {["a", "b", "c"].map((key) => (
          <Skeleton key={key} h={58} />
        ))}
      </Stack>
    );
  }
  return children(edited);
}

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
