// Templates: recipes for events that are made for many clients.
import { Box, Button, Card, Group, Skeleton, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { LayoutTemplate, Plus } from "lucide-react";
import { $api } from "@/api/client";
import { useMay } from "@/api/session";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { byPages, More } from "@/ui/More";
import { PageHeader } from "@/ui/PageHeader";
import { RelativeTime } from "@/ui/RelativeTime";

export function TemplatesPage() {
  const mayWrite = useMay("events:write");
  const list = $api.useInfiniteQuery("get", "/api/v1/templates", { params: { query: { limit: 50 } } }, byPages);
  const templates = list.data?.pages.flatMap((page) => page.data);
  const make = mayWrite && (
    <Button
      leftSection={<Plus size={16} aria-hidden />}
      renderRoot={(props) => <Link to="/templates/$templateId" params={{ templateId: "new" }} {...props} />}
    >
      New template
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Templates"
        description="Events with variables, made for as many calendars as you like."
        help="templates"
      >
        {templates?.length !== 0 && make}
      </PageHeader>
      {list.error && !templates ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !templates ? (
        <Stack gap="sm" aria-busy="true" aria-label="Loading templates">
          <Skeleton h={64} />
          <Skeleton h={64} />
        </Stack>
      ) : templates.length === 0 ? (
        <Card>
          <EmptyState
            icon={LayoutTemplate}
            title="No template yet"
            body="A template is an event with variables: the client’s name, a date, a number. Used, it becomes a plan that you look at first."
          >
            {make}
          </EmptyState>
        </Card>
      ) : (
        <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="Templates">
          {templates.map((one) => (
            <Card component="li" key={one.id} padding="sm">
              <Group justify="space-between" gap="xs">
                <Box style={{ minWidth: 0, flex: "1 1 16rem" }}>
                  <Text
                    fw={600}
                    style={{ overflowWrap: "anywhere", color: "inherit" }}
                    renderRoot={(props) => (
                      <Link to="/templates/$templateId" params={{ templateId: one.id }} {...props} />
                    )}
                  >
                    {one.name}
                  </Text>
                  <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                    {one.fields.title}
                  </Text>
                </Box>
                <Text size="sm" c="dimmed">
                  Version {one.version}, <RelativeTime at={one.updated_at} />
                </Text>
              </Group>
            </Card>
          ))}
        </Stack>
      )}
      <More list={list} />
    </>
  );
}
