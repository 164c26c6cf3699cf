// Each line of the work: what becomes of it, what became of it. Only the rows on the screen are drawn.
import { Button, Checkbox, Group, Select, Skeleton, Stack, Table, Text } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { memo, useEffect, useRef, useState } from "react";
import { useCalendarNames } from "@/api/calendars";
import type { Operation, OperationItem, PlanSummary } from "@/api/types";
import { number } from "@/lib/count";
import { fieldWords } from "@/lib/field-words";
import { sentence } from "@/lib/sentence";
import { announce } from "@/ui/announce";
import { Failure } from "@/ui/Failure";
import rows from "@/ui/Rows.module.css";
import { Section } from "@/ui/Section";
import { StateBadge } from "@/ui/status";
import { useWindowed } from "@/ui/useWindowed";
import { ROW, WindowedBody } from "@/ui/WindowedBody";
import { wallText } from "./diff";
import { ItemDrawer } from "./ItemDrawer";
import { itemsQuery } from "./queries";
import { isBusy, itemLooks, itemStates, lineTitle, outcomeLooks, outcomes, placeWords } from "./words";

/** So many rows before the end, more are asked for. */
const AHEAD = 60;
/** So many pages are read again when something has changed. */
const AGAIN = 5;

export interface ItemsTableProps {
  operation: Operation;
  summary: PlanSummary;
  finished: boolean;
}

export function ItemsTable({ operation, summary, finished }: ItemsTableProps) {
  const { outcome, item, conflicts } = useSearch({ from: "/inside/bulk/$operationId" });
  const navigate = useNavigate({ from: "/bulk/$operationId" });
  const [open, setOpen] = useState<OperationItem | null>(null);
  const nameOf = useCalendarNames();
  const queries = useQueryClient();
  const query = itemsQuery(operation.id, { outcome, state: item, conflicts });
  const list = useInfiniteQuery({ ...query, placeholderData: keepPreviousData });
  const items = list.data?.pages.flatMap((page) => page.data) ?? [];
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = useWindowed(body, items.length, ROW);
  const { first, last } = shown;
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = list;
  const near = items.length > 0 && last >= items.length - AHEAD;
  useEffect(() => {
    // After a failure people decide when to try again.
    if (near && hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [near, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
  // The service tells each whole percent; the last state is always looked at. Each page is a request: who has scrolled far
  // sees the rest anew when the work is over, or rests.
  const busy = isBusy(operation.state);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new state is the reason to look again
  useEffect(() => {
    const loaded = queries.getQueryData(query.queryKey);
    if (loaded && loaded.pages.length > AGAIN) {
      if (busy) return;
      const { pages, pageParams } = loaded;
      queries.setQueryData(query.queryKey, { pages: pages.slice(0, AGAIN), pageParams: pageParams.slice(0, AGAIN) });
    }
    void refetch();
  }, [operation.state, operation.done, operation.failed, refetch]);
  const settled = list.data !== undefined && !list.isPlaceholderData;
  const found = `${number(items.length)}${hasNextPage ? " or more" : ""} lines`;
  useEffect(() => {
    if (settled && (outcome || item || conflicts)) announce(found);
  }, [settled, found, outcome, item, conflicts]);
  const go = (change: object) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false });
  const { counts } = summary;
  return (
    <Section
      title="Line by line"
      description="Open a line to see what changes, or what is wrong with it and what to do."
      aside={
        <Group gap="xs" align="flex-end">
          {summary.conflicts > 0 && (
            <Checkbox
              label={`Only conflicts (${number(summary.conflicts)})`}
              checked={conflicts === true}
              onChange={(event) => go({ conflicts: event.currentTarget.checked || undefined })}
              mb={8}
            />
          )}
          <Select
            label="What happens"
            placeholder="Everything"
            clearable
            clearButtonProps={{ "aria-label": "Everything" }}
            data={outcomes
              .filter((one) => counts[one] > 0)
              .map((value) => ({ value, label: `${outcomeLooks[value].label} (${number(counts[value])})` }))}
            value={outcome ?? null}
            onChange={(value) => go({ outcome: outcomes.find((one) => one === value) })}
          />
          {operation.started_at && (
            <Select
              label="How it went"
              placeholder="However"
              clearable
              clearButtonProps={{ "aria-label": "However it went" }}
              data={itemStates.map((value) => ({ value, label: itemLooks[value].label }))}
              value={item ?? null}
              onChange={(value) => go({ item: itemStates.find((one) => one === value) })}
            />
          )}
        </Group>
      }
    >
      {list.error && !list.data ? (
        <Failure error={list.error} onRetry={() => void refetch()} />
      ) : !list.data ? (
        <Stack gap="xs" aria-busy="true" aria-label="Loading lines">
          <Skeleton h={44} />
          <Skeleton h={44} />
          <Skeleton h={44} />
        </Stack>
      ) : items.length === 0 ? (
        <Text size="sm">{outcome || item || conflicts ? "No line is like that." : "There is no line."}</Text>
      ) : (
        <>
          <Table
            layout="fixed"
            aria-label="Lines"
            aria-rowcount={hasNextPage ? -1 : items.length + 1}
            style={{ opacity: list.isPlaceholderData ? 0.6 : 1 }}
          >
            <Table.Thead>
              <Table.Tr h={44} aria-rowindex={1}>
                <Table.Th scope="col" w={64}>
                  Line
                </Table.Th>
                <Table.Th scope="col">Event</Table.Th>
                <Table.Th scope="col" w={180} visibleFrom="md">
                  Calendar
                </Table.Th>
                <Table.Th scope="col" w={150} visibleFrom="sm">
                  What happens
                </Table.Th>
                {(operation.started_at || finished) && (
                  <Table.Th scope="col" w={110}>
                    How it went
                  </Table.Th>
                )}
              </Table.Tr>
            </Table.Thead>
            <WindowedBody body={body} count={items.length} shown={shown}>
              {items.slice(first, last).map((one, at) => (
                <Row
                  key={one.id}
                  item={one}
                  index={first + at + 2}
                  calendar={one.calendar_id ? nameOf(one.calendar_id) : ""}
                  begun={Boolean(operation.started_at || finished)}
                  onOpen={setOpen}
                />
              ))}
            </WindowedBody>
          </Table>
          {isFetchNextPageError && <Failure error={list.error} onRetry={() => void fetchNextPage()} />}
          {hasNextPage && (
            <Group justify="center" mt="sm">
              <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void fetchNextPage()}>
                Show more
              </Button>
            </Group>
          )}
        </>
      )}
      {open && (
        <ItemDrawer
          item={open}
          calendar={open.calendar_id ? nameOf(open.calendar_id) : null}
          onClose={() => setOpen(null)}
        />
      )}
    </Section>
  );
}

interface RowProps {
  item: OperationItem;
  /** `aria-rowindex`. */
  index: number;
  calendar: string;
  begun: boolean;
  onOpen: (item: OperationItem) => void;
}

const Row = memo(function Row({ item, index, calendar, begun, onOpen }: RowProps) {
  const [fault] = item.faults;
  const what = outcomeLooks[item.outcome];
  const small = item.error
    ? sentence(item.error.detail)
    : fault
      ? `${fault.column ? `${placeWords(fault)}: ` : ""}${sentence(fault.detail)}`
      : [item.start && wallText(item.start), fieldWords(item.changes)].filter(Boolean).join(" · ");
  return (
    <tr className={rows.row} aria-rowindex={index}>
      <td>{item.line}</td>
      <td>
        <button type="button" className={rows.open} onClick={() => onOpen(item)}>
          <span className={rows.title}>{lineTitle(item)}</span>
          <span className={rows.small}>
            <span className="mantine-hidden-from-sm">{what.label} · </span>
            {small}
          </span>
        </button>
      </td>
      <td className="mantine-visible-from-md">
        <span className={rows.small}>{calendar}</span>
      </td>
      <td className="mantine-visible-from-sm">
        <StateBadge look={what} size="sm" />
      </td>
      {begun && (
        <td>
          <StateBadge look={itemLooks[item.state]} size="sm" />
        </td>
      )}
    </tr>
  );
});
