// What the editors of this folder share: the wait for the present version.
import { Skeleton, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { type Edited, useEdited } from "@/api/edited";
import { Failure } from "@/ui/Failure";

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
