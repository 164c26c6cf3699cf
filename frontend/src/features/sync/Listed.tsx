// A list that comes in pages: skeleton, failure, emptiness, rows, more.
import { Button, Card, Group, Skeleton, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Key, ReactNode } from "react";
import type { PagesQuery } from "@/api/sync";
import { Failure } from "@/ui/Failure";

export interface ListedProps<T> {
  label: string;
  query: PagesQuery<T>;
  keyOf: (one: T) => Key;
  row: (one: T) => ReactNode;
  empty: ReactNode;
}

export function Listed<T>({ label, query, keyOf, row, empty }: ListedProps<T>) {
  const list = useInfiniteQuery(query);
  if (list.error && !list.data) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) {
    return (
      <Stack gap="sm" aria-busy="true" aria-label={`Loading: ${label}`}>
        <Skeleton h={84} />
        <Skeleton h={84} />
      </Stack>
    );
  }
  const rows = list.data.pages.flatMap((page) => page.data);
  if (rows.length === 0) return <>{empty}</>;
  return (
    <Stack gap="sm">
      <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label={label}>
        {rows.map((one) => (
          <Card component="li" key={keyOf(one)} padding="sm">
            {row(one)}
          </Card>
        ))}
      </Stack>
      {list.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </Group>
      )}
    </Stack>
  );
}
