import { Group, Progress, Stack, Text } from "@mantine/core";
import type { Dashboard } from "@/api/types";
import { RelativeTime } from "@/ui/RelativeTime";
import { providerNames } from "@/ui/status";

/** Per provider: how many calendars are in sync, and when the last pull was. */
export function SyncHealth({ sync }: { sync: Dashboard["sync"] }) {
  if (sync.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Appears with the first connected account.
      </Text>
    );
  }
  return (
    <Stack gap="md">
      {sync.map(({ provider, calendars, healthy, last_pull_at }) => {
        const share = calendars === 0 ? 100 : (healthy / calendars) * 100;
        const words = `${healthy} of ${calendars} calendars in sync`;
        return (
          <div key={provider}>
            <Group justify="space-between" mb={6} gap="xs">
              <Text size="sm" fw={600}>
                {providerNames[provider]}
              </Text>
              <Text size="sm" c="dimmed">
                {words}
                {last_pull_at && (
                  <>
                    {" · "}
                    <RelativeTime at={last_pull_at} />
                  </>
                )}
              </Text>
            </Group>
            <Progress
              value={share}
              color={share === 100 ? "teal" : share >= 50 ? "yellow" : "red"}
              size="sm"
              aria-label={`${providerNames[provider]}: ${words}`}
            />
          </div>
        );
      })}
    </Stack>
  );
}
