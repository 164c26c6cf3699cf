import { Alert, Anchor, Badge, Button, Card, Code, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { $api, api } from "@/api/client";
import { invalidate } from "@/api/query";
import type { ApiKey, ApiKeyCreated } from "@/api/types";
import { dateTime } from "@/lib/time";
import { CopyField } from "@/ui/CopyField";
import { confirm } from "@/ui/confirm";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { notifyDone, notifyFailure } from "@/ui/notify";
import { RelativeTime } from "@/ui/RelativeTime";
import { Section } from "@/ui/Section";
import { ApiKeyForm } from "./ApiKeyForm";

export function ApiKeys() {
  const [adding, setAdding] = useState(false);
  const [fresh, setFresh] = useState<ApiKeyCreated | null>(null);
  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/api-keys",
    { params: { query: { limit: 50 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (page) => page.next_cursor ?? undefined },
  );
  const keys = list.data?.pages.flatMap((page) => page.data);
  return (
    <>
      <Section
        title="API keys"
        description={
          <>
            For scripts and integrations. Operations and their scopes are documented in{" "}
            <Anchor href="/docs" target="_blank" rel="noreferrer" underline="always" inherit>
              Swagger UI
            </Anchor>
            .
          </>
        }
        aside={
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            Create key
          </Button>
        }
      >
        {list.error ? (
          <Failure error={list.error} onRetry={() => void list.refetch()} />
        ) : !keys ? (
          <Skeleton h={120} />
        ) : keys.length === 0 ? (
          <EmptyState
            icon={KeyRound}
            title="No keys yet"
            body="A script signs in with a key. Give it only the scopes it needs and an end."
          />
        ) : (
          <Stack gap="xs">
            {keys.map((key) => (
              <KeyRow key={key.id} item={key} />
            ))}
            {list.hasNextPage && (
              <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show more
              </Button>
            )}
          </Stack>
        )}
      </Section>
      <Modal opened={adding} onClose={() => setAdding(false)} title="Create API key" size="lg">
        <ApiKeyForm
          onCancel={() => setAdding(false)}
          onCreated={(key) => {
            setAdding(false);
            setFresh(key);
          }}
        />
      </Modal>
      <Modal
        opened={fresh !== null}
        onClose={() => setFresh(null)}
        title={`Key “${fresh?.name ?? ""}”`}
        closeOnClickOutside={false}
        size="lg"
      >
        {fresh && (
          <Stack>
            <Alert color="yellow" icon={<TriangleAlert aria-hidden />}>
              Copy it now. It is shown only this once; we keep a fingerprint of it.
            </Alert>
            <CopyField label="API key" value={fresh.secret} data-autofocus />
            <Text size="sm">
              Send it as <Code>Authorization: Bearer {fresh.prefix}…</Code>
            </Text>
            <Group justify="flex-end">
              <Button onClick={() => setFresh(null)}>I have copied it</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}

function state(key: ApiKey): { label: string; color: string } {
  if (key.revoked_at) return { label: "Revoked", color: "gray" };
  if (key.expires_at && new Date(key.expires_at) <= new Date()) return { label: "Expired", color: "gray" };
  return { label: "Active", color: "teal" };
}

function KeyRow({ item }: { item: ApiKey }) {
  const queries = useQueryClient();
  const { label, color } = state(item);
  const revoke = async () => {
    const yes = await confirm({
      title: `Revoke “${item.name}”?`,
      body: "Scripts that use this key are refused at once. It cannot be brought back; create a new key instead.",
      verb: "Revoke key",
    });
    if (!yes) return;
    try {
      await api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id: item.id } } });
      await invalidate(queries, "/api/v1/api-keys");
      notifyDone(`Key “${item.name}” is revoked.`);
    } catch (error) {
      notifyFailure(error);
    }
  };
  return (
    <Card padding="sm" radius="md">
      <Group justify="space-between" align="flex-start" gap="xs">
        <div style={{ minWidth: 0, flex: "1 1 18rem" }}>
          <Group gap="xs">
            <Text fw={600}>{item.name}</Text>
            <Badge variant="light" color={color} tt="none">
              {label}
            </Badge>
            <Code>{item.prefix}…</Code>
          </Group>
          <Text size="xs" c="dimmed" mt={4}>
            Created <RelativeTime at={item.created_at} />
            {" · "}
            {item.last_used_at ? (
              <>
                used <RelativeTime at={item.last_used_at} />
              </>
            ) : (
              "never used"
            )}
            {" · "}
            {item.expires_at ? `ends ${dateTime(item.expires_at)}` : "no end"}
          </Text>
          <Text size="xs" mt={4} style={{ overflowWrap: "anywhere" }}>
            {item.scopes.join(" · ")}
          </Text>
        </div>
        {label === "Active" && (
          <Button size="compact-sm" variant="default" onClick={() => void revoke()} aria-label={`Revoke ${item.name}`}>
            Revoke
          </Button>
        )}
      </Group>
    </Card>
  );
}
