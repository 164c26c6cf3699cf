// What a template said before: each version with what it changed, to be taken up again.
import { Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Template } from "@/api/types";
import { dateTime } from "@/lib/time";
import { Failure } from "@/ui/Failure";
import { useFocusBack } from "@/ui/useFocusBack";
import { changesBetween } from "./template";

const useVersions = (id: string) =>
  useInfiniteQuery({
    queryKey: ["get", "/api/v1/templates/{id}/versions", id],
    queryFn: async ({ pageParam, signal }) => {
      const params = { path: { id }, query: { limit: 20, cursor: pageParam } };
      const { data } = await api.GET("/api/v1/templates/{id}/versions", { params, signal });
      if (!data) throw new Error("empty answer");
      return data;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    meta: { still: true },
  });

export interface VersionsProps {
  template: Template;
  /** What it said then is put into the form; nothing is saved by that. */
  onTake: (version: Template) => void;
  onClose: () => void;
}

export function Versions({ template, onTake, onClose }: VersionsProps) {
  useFocusBack();
  const list = useVersions(template.id);
  const versions = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Modal opened onClose={onClose} size="lg" title={`Versions of “${template.name}”`}>
      {list.error && !list.data ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <Skeleton h={120} aria-label="Loading versions" />
      ) : (
        <Stack>
          <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="Versions">
            {versions.map((one, at) => {
              const before = versions[at + 1];
              return (
                <Group component="li" key={one.version} justify="space-between" wrap="nowrap" align="flex-start">
                  <div>
                    <Text size="sm" fw={600}>
                      Version {one.version}
                      {one.version === template.version && ", as it is now"}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {dateTime(one.updated_at)}
                      {one.version === 1 ? " · the first" : before ? ` · ${changesBetween(before, one)}` : ""}
                    </Text>
                  </div>
                  {one.version !== template.version && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={`Take up version ${one.version}`}
                      onClick={() => onTake(one)}
                    >
                      Take up
                    </Button>
                  )}
                </Group>
              );
            })}
          </Stack>
          {list.hasNextPage && (
            <Group justify="center">
              <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show more
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </Modal>
  );
}
