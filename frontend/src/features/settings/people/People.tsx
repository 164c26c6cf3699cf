// Who signs in, and what each of them may do.
import { Alert, Badge, Button, Card, Group, Menu, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { EllipsisVertical, TriangleAlert, UserPlus } from "lucide-react";
import { useState } from "react";
import { $api, api } from "@/api/client";
import { invalidate } from "@/api/query";
import { useMe } from "@/api/session";
import type { InvitedPerson, Person } from "@/api/types";
import { dateTime } from "@/lib/time";
import { CopyField } from "@/ui/CopyField";
import { confirm } from "@/ui/confirm";
import { Failure } from "@/ui/Failure";
import { notifyDone, notifyFailure } from "@/ui/notify";
import { Section } from "@/ui/Section";
import { AccessDialog } from "./AccessDialog";
import { InviteForm } from "./InviteForm";
import { accessWords, roles, states } from "./words";

export function People() {
  const [inviting, setInviting] = useState(false);
  const [fresh, setFresh] = useState<InvitedPerson | null>(null);
  const [granting, setGranting] = useState<Person | null>(null);
  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/users",
    { params: { query: { limit: 100 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (page) => page.next_cursor ?? undefined },
  );
  const people = list.data?.pages.flatMap((page) => page.data);
  return (
    <>
      <Section
        title="People"
        description="Owners and administrators reach all clients. A member reaches those that you choose."
        aside={
          <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={() => setInviting(true)}>
            Invite somebody
          </Button>
        }
      >
        {list.error ? (
          <Failure error={list.error} onRetry={() => void list.refetch()} />
        ) : !people ? (
          <Skeleton h={120} />
        ) : (
          <Stack gap="xs" role="list" aria-label="People">
            {people.map((one) => (
              <PersonRow key={one.id} one={one} onAccess={() => setGranting(one)} onLink={setFresh} />
            ))}
            {list.hasNextPage && (
              <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show more
              </Button>
            )}
          </Stack>
        )}
      </Section>
      <Modal opened={inviting} onClose={() => setInviting(false)} title="Invite somebody" size="lg">
        <InviteForm
          onCancel={() => setInviting(false)}
          onInvited={(one) => {
            setInviting(false);
            setFresh(one);
          }}
        />
      </Modal>
      <Modal
        opened={fresh !== null}
        onClose={() => setFresh(null)}
        title={`A link for ${fresh?.name ?? ""}`}
        closeOnClickOutside={false}
        size="lg"
      >
        {fresh && (
          <Stack>
            <Alert color="yellow" icon={<TriangleAlert aria-hidden />}>
              Copy it now and give it to {fresh.name} yourself; it is shown only this once. Whoever has it can set the
              password. It works once
              {fresh.invited_until && `, until ${dateTime(fresh.invited_until)}`}.
            </Alert>
            <CopyField label="Link" value={fresh.invitation_url} data-autofocus />
            <Group justify="flex-end">
              <Button onClick={() => setFresh(null)}>I have copied it</Button>
            </Group>
          </Stack>
        )}
      </Modal>
      {granting && <AccessDialog person={granting} onClose={() => setGranting(null)} />}
    </>
  );
}

function PersonRow({
  one,
  onAccess,
  onLink,
}: {
  one: Person;
  onAccess: () => void;
  onLink: (one: InvitedPerson) => void;
}) {
  const queries = useQueryClient();
  const me = useMe()?.user;
  const path = { params: { path: { id: one.id } } };
  const member = one.role === "member";
  const granted = $api.useQuery("get", "/api/v1/users/{id}/client-access", path, { enabled: member });
  const { label, color } = states[one.state];
  const mayTouch = me?.role === "owner" || one.role !== "owner";
  const done = async (work: () => Promise<unknown>, said: string) => {
    try {
      await work();
      await invalidate(queries, "/api/v1/users");
      notifyDone(said);
    } catch (error) {
      notifyFailure(error);
    }
  };
  const change = (body: Partial<{ role: Person["role"]; is_active: boolean }>, said: string) =>
    done(() => api.PATCH("/api/v1/users/{id}", { ...path, body }), said);
  const link = async () => {
    try {
      const { data } = await api.POST("/api/v1/users/{id}/invitation", path);
      await invalidate(queries, "/api/v1/users");
      if (data) onLink(data);
    } catch (error) {
      notifyFailure(error);
    }
  };
  const deactivate = async () => {
    const yes = await confirm({
      title: `Deactivate ${one.name}?`,
      body: "They are signed out everywhere at once and cannot sign in. You can bring them back.",
      verb: "Deactivate",
    });
    if (yes) await change({ is_active: false }, `${one.name} is deactivated.`);
  };
  const remove = async () => {
    const yes = await confirm({
      title: `Remove ${one.name}?`,
      body: "They are signed out everywhere at once, and what they were granted is forgotten. What they did stays.",
      verb: "Remove",
    });
    if (yes) await done(() => api.DELETE("/api/v1/users/{id}", path), `${one.name} is removed.`);
  };
  return (
    <Card padding="sm" radius="md" role="listitem" aria-label={one.name}>
      <Group justify="space-between" align="flex-start" gap="xs" wrap="nowrap">
        <div style={{ minWidth: 0, flex: "1 1 auto" }}>
          <Group gap="xs">
            <Text fw={600}>{one.name}</Text>
            <Badge variant="light" color={color} tt="none">
              {label}
            </Badge>
            <Badge variant="light" tt="none">
              {roles.find(({ value }) => value === one.role)?.label}
            </Badge>
          </Group>
          <Text size="xs" c="dimmed" mt={4} style={{ overflowWrap: "anywhere" }}>
            {one.email}
          </Text>
          {member && granted.data && (
            <Text size="xs" mt={4} style={{ overflowWrap: "anywhere" }}>
              {granted.data.access.length === 0
                ? "Reaches no client yet."
                : granted.data.access.map((it) => `${it.client_name}: ${accessWords(it)}`).join(" · ")}
            </Text>
          )}
        </div>
        {mayTouch && (
          <Group gap="xs" wrap="nowrap">
            {member && (
              <Button size="compact-sm" variant="default" onClick={onAccess} aria-label={`Access of ${one.name}`}>
                Access
              </Button>
            )}
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <Button size="compact-sm" variant="default" px={6} aria-label={`More about ${one.name}`}>
                  <EllipsisVertical size={16} aria-hidden />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>Role</Menu.Label>
                {roles
                  .filter(({ value }) => value !== one.role && (value !== "owner" || me?.role === "owner"))
                  .map(({ value, label: name }) => (
                    <Menu.Item key={value} onClick={() => void change({ role: value }, `${one.name}: ${name}.`)}>
                      Make {name.toLowerCase()}
                    </Menu.Item>
                  ))}
                <Menu.Divider />
                {one.state !== "deactivated" && (
                  <Menu.Item onClick={() => void link()}>
                    {one.state === "invited" ? "New invitation link" : "Link to set a new password"}
                  </Menu.Item>
                )}
                {one.state === "deactivated" ? (
                  <Menu.Item onClick={() => void change({ is_active: true }, `${one.name} can sign in again.`)}>
                    Bring back
                  </Menu.Item>
                ) : (
                  one.id !== me?.id && <Menu.Item onClick={() => void deactivate()}>Deactivate…</Menu.Item>
                )}
                {one.id !== me?.id && (
                  <Menu.Item color="red" onClick={() => void remove()}>
                    Remove…
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          </Group>
        )}
      </Group>
    </Card>
  );
}
