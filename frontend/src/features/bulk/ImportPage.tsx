// A file that was sent: how it seems to be written, what each column is for, and how its first rows are read so.
import { Alert, Anchor, Button, Card, Checkbox, Group, Select, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { CircleHelp, ListChecks, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useWritableCalendars } from "@/api/calendars";
import { api } from "@/api/client";
import { toApiError } from "@/api/error";
import { invalidate } from "@/api/query";
import { useMay } from "@/api/session";
import type { Import, Layout, LayoutPatch, PlanIn } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { bytes } from "@/lib/count";
import { sentence } from "@/lib/sentence";
import { announce } from "@/ui/announce";
import { CalendarSelect } from "@/ui/CalendarSelect";
import { confirm } from "@/ui/confirm";
import { Failure } from "@/ui/Failure";
import { notifyFailure } from "@/ui/notify";
import { PageHeader } from "@/ui/PageHeader";
import { Section } from "@/ui/Section";
import { LayoutFields } from "./LayoutFields";
import { mappingFaults } from "./layout";
import { changeLayout, importQuery, planImport } from "./queries";
import { SampleTable } from "./SampleTable";

export function ImportPage() {
  const { importId } = useParams({ from: "/inside/bulk/imports/$importId" });
  const query = useQuery(importQuery(importId));
  const found = query.data;
  if (query.error && !found) {
    return (
      <>
        <PageHeader title="A file" />
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  if (!found) {
    return (
      <Stack aria-busy="true" aria-label="Loading the file">
        <PageHeader title="A file" />
        <Skeleton h={120} />
        <Skeleton h={320} />
      </Stack>
    );
  }
  return <Loaded key={found.id} found={found} />;
}

function Loaded({ found }: { found: Import }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayWrite = useMay("events:write");
  const calendars = useWritableCalendars(useClientScope());
  const { queryKey } = importQuery(found.id);
  // What was asked stays asked: an answer to one question makes the service sure of the others.
  const [doubts] = useState(found.doubts);
  const [plan, setPlan] = useState<PlanIn>({ notify: "none" });
  const key = ["layout", found.id];
  const changed = useMutation({
    mutationKey: key,
    // One after the other: each answer shows the rows as they are read then.
    scope: { id: `layout ${found.id}` },
    mutationFn: (layout: Layout) => changeLayout(found.id, layout),
    onSuccess: (answer) => {
      // An answer to the change before the last would take the last one back for a moment.
      if (queries.isMutating({ mutationKey: key }) === 1) queries.setQueryData(queryKey, answer);
    },
    onError: () => queries.invalidateQueries({ queryKey }),
    meta: { handled: true },
  });
  const change = (part: LayoutPatch) => {
    const now = queries.getQueryData(queryKey);
    if (!now?.layout) return;
    const layout = { ...now.layout, ...part };
    queries.setQueryData(queryKey, { ...now, layout });
    changed.mutate(layout);
  };
  const begin = useMutation({
    mutationFn: () => planImport(found.id, plan),
    onSuccess: async ({ id }) => {
      await invalidate(queries, "/api/v1/operations", "/api/v1/imports");
      announce("The dry run has begun");
      await navigate({ to: "/bulk/$operationId", params: { operationId: id }, search: { file: found.id } });
    },
    meta: { handled: true },
  });
  const discard = async () => {
    const yes = await confirm({
      title: "Discard this file?",
      body: found.operation_id
        ? "It is removed here. What was planned or written from it stays."
        : "It is removed here. Nothing was written to any calendar.",
      verb: "Discard",
    });
    if (!yes) return;
    try {
      await api.DELETE("/api/v1/imports/{id}", { params: { path: { id: found.id } } });
    } catch (error) {
      return notifyFailure(error);
    }
    queries.removeQueries({ queryKey });
    await navigate({ to: "/bulk", replace: true });
  };
  const { layout, sample } = found;
  const faults = layout ? mappingFaults(layout) : [];
  const into = layout ? layout.calendar : (plan.calendar_id ?? null);
  return (
    <Stack>
      <PageHeader
        title={found.name}
        description={`${found.kind.toUpperCase()}, ${bytes(found.size)}. Nothing is written before you have seen the dry run.`}
        help="bulk"
      >
        {mayWrite && (
          <Button variant="default" onClick={() => void discard()}>
            Discard
          </Button>
        )}
      </PageHeader>
      {found.operation_id && (
        <Alert icon={<ListChecks aria-hidden />} title="Planned already">
          <Text size="sm">
            <Anchor
              size="sm"
              underline="always"
              renderRoot={(props) => (
                <Link
                  to="/bulk/$operationId"
                  params={{ operationId: found.operation_id ?? "" }}
                  search={{ file: found.id }}
                  {...props}
                />
              )}
            >
              See what came of it
            </Anchor>
            . Was it read wrongly? Change that below and make another dry run.
          </Text>
        </Alert>
      )}
      {changed.error && <Failure error={toApiError(changed.error)} title="This was not changed" />}
      {doubts.length > 0 && (
        <Section title="Is this right?" description="What the file does not say for certain.">
          <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
            {doubts.map((doubt) => (
              <Group component="li" key={`${doubt.code} ${doubt.column}`} gap="sm" wrap="nowrap" align="flex-start">
                <CircleHelp size={20} aria-hidden style={{ flexShrink: 0 }} />
                <Stack gap={6} style={{ minWidth: 0, flex: 1 }}>
                  <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                    {doubt.column != null && `Column ${doubt.column}: `}
                    {sentence(doubt.detail)}
                  </Text>
                  {layout && <LayoutFields layout={layout} answers={doubt.code} onChange={change} />}
                </Stack>
              </Group>
            ))}
          </Stack>
        </Section>
      )}
      {layout && (
        <Section
          title="How it is read"
          description="Found by looking at the file. What you change is remembered for files with the same columns."
        >
          <LayoutFields layout={layout} onChange={change} />
        </Section>
      )}
      <Section
        title={layout ? "What the columns are for" : "How it begins"}
        description={
          layout
            ? "Choose for each column what it says; leave out what nobody needs. Below are the first rows."
            : "The first events of the file."
        }
      >
        {sample && sample.rows.length > 0 ? (
          <SampleTable sample={sample} layout={layout} onChange={change} busy={changed.isPending} />
        ) : (
          <Text size="sm">No row can be shown.</Text>
        )}
      </Section>
      <Card component="section" aria-label="Dry run">
        <Stack>
          <Group align="flex-end" gap="md">
            <CalendarSelect
              label={layout ? "Calendar of rows that name none" : "Calendar of events that name none"}
              calendars={calendars}
              value={into}
              onChange={(id) =>
                layout ? change({ calendar: id }) : setPlan((old) => ({ ...old, calendar_id: id ?? undefined }))
              }
            />
            <Select
              label="Mails to guests"
              allowDeselect={false}
              data={[
                { value: "none", label: "Nobody" },
                { value: "external", label: "Only guests from outside" },
                { value: "all", label: "All guests" },
              ]}
              value={plan.notify ?? "none"}
              onChange={(value) => setPlan((old) => ({ ...old, notify: value as PlanIn["notify"] }))}
            />
            <Checkbox
              py={8}
              label="Make events that are there already a second time"
              checked={plan.allow_duplicates ?? false}
              onChange={(event) => {
                const allow_duplicates = event.currentTarget.checked;
                setPlan((old) => ({ ...old, allow_duplicates }));
              }}
            />
          </Group>
          {faults.length > 0 && (
            <Alert color="yellow" icon={<TriangleAlert aria-hidden />} title="Before the dry run">
              <ul style={{ margin: 0, paddingInlineStart: "1.25rem" }}>
                {faults.map((one) => (
                  <li key={one}>{one}</li>
                ))}
              </ul>
            </Alert>
          )}
          {begin.error && <Failure error={begin.error} onRetry={() => begin.mutate()} />}
          {mayWrite && (
            <Group justify="flex-end">
              <Button
                leftSection={<ListChecks size={16} aria-hidden />}
                loading={begin.isPending}
                disabled={faults.length > 0 || changed.isPending}
                onClick={() => begin.mutate()}
              >
                Dry run
              </Button>
            </Group>
          )}
        </Stack>
      </Card>
    </Stack>
  );
}
