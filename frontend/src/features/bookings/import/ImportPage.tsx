// An import of bookings: how far it is, and what could not be used. It goes on when nobody looks.
import { Alert, Anchor, Button, Skeleton, Stack, Table } from "@mantine/core";
import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { CircleCheck, FileUp } from "lucide-react";
import { useEffect, useRef } from "react";
import { api } from "@/api/client";
import { useClientNames } from "@/api/names";
import type { BookingImport } from "@/api/types";
import { count, number } from "@/lib/count";
import { announce } from "@/ui/announce";
import { Failure } from "@/ui/Failure";
import { More } from "@/ui/More";
import { PageHeader } from "@/ui/PageHeader";
import { ProgressCard } from "@/ui/ProgressCard";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { bookingsChanged } from "../queries";
import { ANY } from "../search";
import { rowOf } from "./table";

const OFTEN_MS = 1_500;

const importQuery = (id: string) =>
  queryOptions({
    queryKey: ["get", "/api/v1/bookings/imports/{id}", id] as const,
    queryFn: async ({ signal }): Promise<BookingImport> => {
      const { data } = await api.GET("/api/v1/bookings/imports/{id}", { params: { path: { id } }, signal });
      if (!data) throw new Error("empty answer");
      return data;
    },
    refetchInterval: ({ state }) => (state.data?.state === "running" ? OFTEN_MS : false),
  });

/** The rows that could not be used; asked anew as they become more. */
const badQuery = (id: string, failed: number) =>
  infiniteQueryOptions({
    queryKey: ["get", "/api/v1/bookings/imports/{id}/rows", id, failed] as const,
    queryFn: async ({ pageParam, signal }) => {
      const query = { outcome: "failed" as const, limit: 100, cursor: pageParam };
      const params = { path: { id }, query };
      const { data } = await api.GET("/api/v1/bookings/imports/{id}/rows", { params, signal });
      if (!data) throw new Error("empty answer");
      return data;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: failed > 0,
    placeholderData: (old) => old,
  });

/** What became of it, in a sentence. */
const outcome = ({ created, known, failed }: BookingImport): string =>
  [
    created === 0 ? "Nothing new was made" : `${count(created, "booking")} made`,
    known > 0 && `${number(known)} ${known === 1 ? "was" : "were"} here already`,
    failed > 0 && `${count(failed, "row")} could not be used`,
  ]
    .filter(Boolean)
    .join(", ");

export function ImportPage() {
  const { importId } = useParams({ from: "/inside/bookings/imports/$importId" });
  const queries = useQueryClient();
  const query = useQuery(importQuery(importId));
  const found = query.data;
  const names = useClientNames();
  const before = useRef<string>(undefined);
  useEffect(() => {
    if (!found) return;
    if (before.current === "running" && found.state === "done") {
      announce(`The import is complete: ${outcome(found)}`);
      void bookingsChanged(queries);
    }
    before.current = found.state;
  }, [found, queries]);
  return (
    <Stack maw={860}>
      <PageHeader
        title="Import of bookings"
        description={
          found && (
            <>
              {[names.data?.get(found.client_id), count(found.total, "row")].filter(Boolean).join(" · ")}, brought{" "}
              <RelativeTime at={found.created_at} />.
            </>
          )
        }
        help="bookings"
      >
        <Button
          variant="default"
          leftSection={<FileUp size={16} aria-hidden />}
          renderRoot={(props) => <Link to="/bookings/import" {...props} />}
        >
          Import another
        </Button>
      </PageHeader>
      {found ? (
        <Loaded found={found} />
      ) : query.error ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Skeleton h={160} aria-busy aria-label="Loading the import" />
      )}
    </Stack>
  );
}

function Loaded({ found }: { found: BookingImport }) {
  const { state, total, created, known, failed } = found;
  const { empty } = useSearch({ from: "/inside/bookings/imports/$importId" });
  const bad = useInfiniteQuery(badQuery(found.id, failed));
  const rows = bad.data?.pages.flatMap((page) => page.data);
  const running = state === "running";
  const far = Math.floor(found.progress * 100);
  return (
    <>
      <ProgressCard
        title={`${far} %`}
        aside={running && "You can leave this page: it goes on."}
        value={far}
        say={`${far} percent`}
        busy={running}
        figures={[
          { label: "Made", value: created },
          { label: "Here already", value: known },
          { label: "Not usable", value: failed, bad: true },
          { label: "To do", value: total - created - known - failed },
        ]}
      />
      {!running && (
        <Alert icon={<CircleCheck aria-hidden />} title="Complete">
          {outcome(found)}.{" "}
          <Anchor
            size="sm"
            underline="always"
            renderRoot={(props) => (
              <Link to="/bookings" search={{ client: found.client_id, from: ANY } as never} {...props} />
            )}
          >
            To the bookings
          </Anchor>
        </Alert>
      )}
      {failed > 0 && (
        <Section
          title="Rows that could not be used"
          description={`${empty ? "Numbered as in the table" : "Its heading is row 1; empty rows are not counted"}. Put them right in the file, and import all of it again: what is here already is not made twice.`}
        >
          {bad.error && !rows ? (
            <Failure error={bad.error} onRetry={() => void bad.refetch()} />
          ) : !rows ? (
            <Skeleton h={120} />
          ) : (
            <Table aria-label="Rows that could not be used">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col" w={80}>
                    Row
                  </Table.Th>
                  <Table.Th scope="col">Why</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row) => (
                  <Table.Tr key={row.number}>
                    <Table.Td>{number(rowOf(row.number + 1, empty ?? ""))}</Table.Td>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>{row.detail}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
          <More list={bad} />
        </Section>
      )}
    </>
  );
}
