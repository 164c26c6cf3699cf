import { Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Client } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { ClientForm } from "./ClientForm";

export interface EditClientProps {
  clientId: string;
  onSaved: (client: Client) => void;
  onCancel?: () => void;
}

/** The form on the client as it is now, with the tag that guards against overwriting somebody else's change. */
export function EditClient({ clientId, onSaved, onCancel }: EditClientProps) {
  const query = useQuery({
    queryKey: ["edit-client", clientId],
    queryFn: async () => {
      const { data, response } = await api.GET("/api/v1/clients/{id}", { params: { path: { id: clientId } } });
      return data ? { client: data, etag: response.headers.get("etag") } : null;
    },
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data || (query.isFetching && !query.isFetchedAfterMount)) {
    return (
      <Stack gap="lg" aria-busy>
        {["name", "email", "zone", "google"].map((key) => (
          <Skeleton key={key} h={58} />
        ))}
      </Stack>
    );
  }
  return <ClientForm existing={query.data} onSaved={onSaved} onCancel={onCancel} />;
}
