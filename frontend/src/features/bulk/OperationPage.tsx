// One piece of bulk work: planned, looked at, running, done. The page stays the same; what can be done changes.
import { Alert, Anchor, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Download, OctagonAlert, Undo2 } from "lucide-react";
import { useEffect, useRef } from "react";
import { useMay, useMe } from "@/api/session";
import type { Operation } from "@/api/types";
import { actorWords } from "@/lib/actor";
import { sentence } from "@/lib/sentence";
import { dateTime } from "@/lib/time";
import { announce } from "@/ui/announce";
import { confirm } from "@/ui/confirm";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { StateBadge } from "@/ui/status";
import { ItemsTable } from "./ItemsTable";
import { Plan } from "./Plan";
import { ProgressCard } from "./ProgressCard";
import { type Deed, operationQuery, useDeeds } from "./queries";
import { kindWords, spoken, stateLooks } from "./words";

export function OperationPage() {
  const { operationId } = useParams({ from: "/inside/bulk/$operationId" });
  const query = useQuery(operationQuery(operationId));
  if (query.data) return <Loaded key={operationId} operation={query.data} />;
  return (
    <>
      <PageHeader title="Bulk work" />
      {query.error ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stack aria-busy="true" aria-label="Loading">
          <Skeleton h={140} />
          <Skeleton h={320} />
        </Stack>
      )}
    </>
  );
}

function Loaded({ operation }: { operation: Operation }) {
  const navigate = useNavigate();
  const mayWrite = useMay("events:write");
  const me = useMe()?.user?.id;
  const { run, doing, failure } = useDeeds();
  const told = spoken(operation);
  const first = useRef(told);
  useEffect(() => {
    // What is there when the page opens is read with the page.
    if (first.current !== told) announce(told);
    first.current = "";
  }, [told]);

  const { state, summary, can } = operation;
  const actions = useRef<HTMLDivElement>(null);
  const acted = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with the state the buttons change
  useEffect(() => {
    // The button that was pressed is gone; the next Tab begins at those that came instead.
    if (acted.current && document.activeElement === document.body) actions.current?.focus({ preventScroll: true });
  }, [state]);
  const apply = async () => {
    if (!summary) return;
    const { counts } = summary;
    if (!summary.guard) return void run("apply", operation);
    const yes = await confirm({
      title: `Delete ${counts.delete} ${counts.delete === 1 ? "event" : "events"}?`,
      body: summary.guard,
      verb: "Apply",
      typed: `delete ${counts.delete}`,
    });
    if (yes) await run("apply", operation, true);
  };
  const cancel = async () => {
    const yes = await confirm(
      state === "planned" || state === "planning"
        ? {
            title: "Give this plan up?",
            body: "Nothing was written, and nothing will be.",
            verb: "Give it up",
          }
        : {
            title: "Cancel what is left?",
            body: "What was done already stays; afterwards you can undo it.",
            verb: "Cancel the rest",
          },
    );
    if (yes) await run("cancel", operation);
  };
  const undo = async () => {
    const made = await run("undo", operation);
    if (made) await navigate({ to: "/bulk/$operationId", params: { operationId: made.id }, search: {} });
  };
  const deeds: Record<Deed, () => unknown> = {
    apply,
    cancel,
    undo,
    pause: () => run("pause", operation),
    resume: () => run("resume", operation),
    retry: () => run("retry", operation),
  };
  const button = (deed: Deed, label: string, look: object = { variant: "default" }) =>
    mayWrite &&
    can[deed] && (
      <Button
        key={deed}
        {...look}
        loading={doing === deed}
        disabled={doing !== null && doing !== deed}
        onClick={() => {
          acted.current = true;
          void deeds[deed]();
        }}
      >
        {label}
      </Button>
    );
  const finished = state === "done" || state === "failed" || state === "cancelled";
  return (
    <Stack>
      <PageHeader
        title={operation.title}
        description={
          <>
            {kindWords[operation.kind]}, begun {dateTime(operation.created_at)} by{" "}
            {actorWords(operation.created_by, me)}
          </>
        }
        help="bulk"
      >
        <StateBadge look={stateLooks[state]} size="lg" />
      </PageHeader>
      <Related operation={operation} />
      {failure && <Failure error={failure} />}
      {operation.error && (
        <Alert color="red" icon={<OctagonAlert aria-hidden />} title="It stopped">
          <Text size="sm">{sentence(operation.error.detail)}</Text>
        </Alert>
      )}
      {state !== "planned" && <ProgressCard operation={operation} />}
      {summary && <Plan summary={summary} planned={state === "planned"} />}
      <Group justify="flex-end" gap="xs" ref={actions} tabIndex={-1} role="group" aria-label="What to do">
        {operation.planned_at && (
          <Button
            variant="subtle"
            leftSection={<Download size={16} aria-hidden />}
            component="a"
            href={`/api/v1/operations/${operation.id}/report?format=csv`}
            download
          >
            Report
          </Button>
        )}
        {button("cancel", state === "running" || state === "paused" ? "Cancel the rest…" : "Give up…")}
        {button("pause", "Pause")}
        {button("resume", "Resume", {})}
        {button("undo", "Undo…", { variant: "default", leftSection: <Undo2 size={16} aria-hidden /> })}
        {button("retry", `Retry the ${operation.failed} that failed`, {})}
        {button("apply", "Apply", {})}
      </Group>
      {summary && <ItemsTable operation={operation} summary={summary} finished={finished} />}
    </Stack>
  );
}

/** What this undoes, and what undid it. */
function Related({ operation }: { operation: Operation }) {
  const { file } = useSearch({ from: "/inside/bulk/$operationId" });
  const link = (id: string, text: string) => (
    <Anchor
      size="sm"
      underline="always"
      renderRoot={(props) => <Link to="/bulk/$operationId" params={{ operationId: id }} search={{}} {...props} />}
    >
      {text}
    </Anchor>
  );
  return (
    <>
      {file && operation.state === "planned" && (
        <Text size="sm">
          Was the file read wrongly?{" "}
          <Anchor
            size="sm"
            underline="always"
            renderRoot={(props) => <Link to="/bulk/imports/$importId" params={{ importId: file }} {...props} />}
          >
            Read it otherwise
          </Anchor>
          .
        </Text>
      )}
      {operation.undo_of && <Text size="sm">This takes back {link(operation.undo_of, "what was done before")}.</Text>}
      {operation.undone_by && <Text size="sm">There is {link(operation.undone_by, "an undo of this")}.</Text>}
    </>
  );
}
