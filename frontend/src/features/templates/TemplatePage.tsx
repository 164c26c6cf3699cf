import { Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api } from "@/api/client";
import type { Template } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { TemplateEditor } from "./TemplateEditor";

export interface Version {
  template: Template;
  etag: string | null;
}

/** A template with its version: what is being edited stays as it is while it is edited. */
export function TemplatePage() {
  const { templateId } = useParams({ from: "/inside/templates/$templateId" });
  const isNew = templateId === "new";
  const query = useQuery({
    queryKey: ["edited", "/api/v1/templates", templateId],
    queryFn: async ({ signal }): Promise<Version> => {
      const params = { path: { id: templateId } };
      const { data, response } = await api.GET("/api/v1/templates/{id}", { params, signal });
      if (!data) throw new Error("empty answer");
      return { template: data, etag: response.headers.get("etag") };
    },
    enabled: !isNew,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    meta: { still: true },
  });
  if (isNew) return <TemplateEditor key="new" found={null} />;
  if (query.data) return <TemplateEditor key={templateId} found={query.data} />;
  return (
    <>
      <PageHeader title="Template" />
      {query.error ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stack aria-busy="true" aria-label="Loading the template">
          <Skeleton h={320} />
        </Stack>
      )}
    </>
  );
}
