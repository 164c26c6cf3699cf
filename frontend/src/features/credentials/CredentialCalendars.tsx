import { Anchor, Box, Group, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { $api } from "@/api/client";
import type { Credential } from "@/api/types";
import { CalendarName, CalendarToggles } from "@/ui/CalendarToggles";
import { Failure } from "@/ui/Failure";
import { Section } from "@/ui/Section";
import { CalendarBadge } from "@/ui/status";

const roles = {
  owner: "Owner",
  writer: "May write",
  reader: "May read",
  free_busy: "Sees only busy times",
} as const;

/** The account's calendars: which take part, and how. */
export function CredentialCalendars({ credential }: { credential: Credential }) {
  const list = $api.useQuery("get", "/api/v1/calendars", {
    params: { query: { credential_id: credential.id, limit: 200 } },
  });
  return (
    <Section
      title="Calendars"
      description="Choose which are synced, which block availability, and where bookings go. Changes apply at once."
    >
      {list.error ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <Stack aria-busy="true" aria-label="Loading calendars">
          <Skeleton h={90} />
        </Stack>
      ) : list.data.data.length === 0 ? (
        <Text size="sm">No calendar was found. Make one at the provider, then press Validate to look again.</Text>
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {list.data.data.map((calendar) => (
            <Box
              key={calendar.id}
              p="sm"
              style={{ border: "1px solid var(--cs-line)", borderRadius: "var(--mantine-radius-md)" }}
            >
              <Group justify="space-between" wrap="nowrap" align="flex-start" mb={6}>
                <Box style={{ minWidth: 0 }}>
                  <Anchor
                    c="var(--mantine-color-text)"
                    renderRoot={(props) => (
                      <Link to="/calendars/$calendarId" params={{ calendarId: calendar.id }} {...props} />
                    )}
                  >
                    <CalendarName calendar={calendar} />
                  </Anchor>
                  <Text size="xs" c="dimmed">
                    {roles[calendar.access_role]}
                    {calendar.time_zone ? ` · ${calendar.time_zone.replaceAll("_", " ")}` : ""}
                  </Text>
                </Box>
                <CalendarBadge state={calendar.health} />
              </Group>
              <CalendarToggles calendar={calendar} />
            </Box>
          ))}
        </SimpleGrid>
      )}
    </Section>
  );
}
