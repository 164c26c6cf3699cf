// Bulk work: a file to begin with, and everything that was begun.
import { Box, Button, Card, Group, Progress, Select, Skeleton, Stack, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Layers } from "lucide-react";
import { $api } from "@/api/client";
import { pollEvery } from "@/api/live";
import { useMay, useMe } from "@/api/session";
import type { Operation } from "@/api/types";
import { actorWords } from "@/lib/actor";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { byPages, More } from "@/ui/More";
import { PageHeader } from "@/ui/PageHeader";
import { RelativeTime } from "@/ui/RelativeTime";
import { StateBadge } from "@/ui/status";
import { UploadCard } from "./UploadCard";
import { countWords, isBusy, kindWords, leftWords, percent, stateLooks, states } from "./words";

export function BulkPage() {
  const { state } = useSearch({ from: "/inside/bulk" });
  const navigate = useNavigate({ from: "/bulk" });
  const mayWrite = useMay("events:write");
  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/operations",
    { params: { query: { state, limit: 50 } } },
    { ...byPages, placeholderData: keepPreviousData, refetchInterval: pollEvery },
  );
  const operations = list.data?.pages.flatMap((page) => page.data);
  return (
    <Stack>
      <PageHeader
        title="Bulk work"
        description="Thousands of events at once, for as many clients as you like: looked at first, then done, and undone."
        help="bulk"
      >
        <Button variant="default" renderRoot={(props) => <Link to="/templates" {...props} />}>
          Templates
        </Button>
        <Button variant="default" renderRoot={(props) => <Link to="/events" {...props} />}>
          Select events
        </Button>
      </PageHeader>
      {mayWrite && <UploadCard />}
      <Group justify="space-between" align="flex-end">
        <Text component="h2" fw={650} fz="lg">
          What was begun
        </Text>
        <Select
          label="State"
          placeholder="All"
          clearable
          clearButtonProps={{ "aria-label": "All states" }}
          data={states.map((value) => ({ value, label: stateLooks[value].label }))}
          value={state ?? null}
          onChange={(value) =>
            void navigate({
              search: (old) => ({ ...old, state: states.find((one) => one === value) }),
              replace: true,
            })
          }
        />
      </Group>
      {list.error && !operations ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !operations ? (
        <Stack gap="sm" aria-busy="true" aria-label="Loading bulk work">
          <Skeleton h={76} />
          <Skeleton h={76} />
          <Skeleton h={76} />
        </Stack>
      ) : operations.length === 0 ? (
        <Card>
          <EmptyState
            icon={Layers}
            title={state ? "Nothing in this state" : "Nothing was begun yet"}
            body="Begin with a file, with a template, or by selecting events in their list."
          />
        </Card>
      ) : (
        <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="Bulk work">
          {operations.map((one) => (
            <Row key={one.id} operation={one} />
          ))}
        </Stack>
      )}
      <More list={list} />
    </Stack>
  );
}

function Row({ operation }: { operation: Operation }) {
  const me = useMe()?.user?.id;
  const { id, title, kind, state, summary, failed } = operation;
  const words = [
    summary ? countWords(summary.counts) : null,
    failed > 0 && `${failed} failed`,
    state === "running" ? leftWords(operation) : null,
  ].filter(Boolean);
  return (
    <Card component="li" padding="sm">
      <Group justify="space-between" gap="xs" align="flex-start">
        <Box style={{ minWidth: 0, flex: "1 1 16rem" }}>
          <Text
            fw={600}
            renderRoot={(props) => <Link to="/bulk/$operationId" params={{ operationId: id }} {...props} />}
            style={{ overflowWrap: "anywhere", color: "inherit" }}
          >
            {title}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {kindWords[kind]} · <RelativeTime at={operation.created_at} /> by {actorWords(operation.created_by, me)}
          </Text>
          {words.length > 0 && <Text size="sm">{words.join(" · ")}</Text>}
        </Box>
        <StateBadge look={stateLooks[state]} />
      </Group>
      {(isBusy(state) || state === "paused") && (
        <Group gap="xs" mt={6} wrap="nowrap">
          <Progress value={percent(operation)} aria-label={`Progress of ${title}`} style={{ flex: 1 }} />
          <Text size="xs" fw={600} style={{ fontVariantNumeric: "tabular-nums" }}>
            {percent(operation)} %
          </Text>
        </Group>
      )}
    </Card>
  );
}
