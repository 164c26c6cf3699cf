import { Card, Group, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import type { Operation } from "@/api/types";
import { count, number, span } from "@/lib/count";
import { isBusy, leftWords, percent } from "./words";

/** How far it is, how fast, how long it will still take. */
export function ProgressCard({ operation }: { operation: Operation }) {
  const { state, total, done, failed, skipped, written, rate_per_s } = operation;
  const planning = state === "planning";
  const far = percent(operation);
  const left = leftWords(operation);
  const took =
    operation.started_at && operation.finished_at
      ? span((Date.parse(operation.finished_at) - Date.parse(operation.started_at)) / 1000)
      : null;
  const figures = [
    { label: "Done", value: done, color: undefined },
    { label: "Failed", value: failed, color: failed > 0 ? "var(--mantine-color-error)" : undefined },
    { label: "Left out", value: skipped, color: undefined },
    { label: "On the way", value: written, color: undefined },
    { label: "To do", value: Math.max(0, total - done - failed - skipped - written), color: undefined },
  ];
  return (
    <Card component="section" aria-label="Progress">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Text fw={650} fz="lg" style={{ fontVariantNumeric: "tabular-nums" }}>
            {planning ? "Looking at every line" : `${far} %`}
          </Text>
          <Text size="sm" c="dimmed">
            {planning && total > 0 && `${count(total, "line")} so far`}
            {left}
            {state === "running" &&
              rate_per_s !== null &&
              rate_per_s > 0 &&
              ` ${count(Math.round(rate_per_s * 60), "event")} a minute.`}
            {took && `It took ${took}.`}
          </Text>
        </Group>
        <Progress.Root size="lg">
          <Progress.Section
            value={planning ? 100 : far}
            animated={isBusy(state)}
            striped={isBusy(state)}
            color={failed > 0 ? "orange" : undefined}
            aria-label="Progress"
            aria-valuetext={planning ? "The dry run is under way" : `${far} percent`}
          />
        </Progress.Root>
        {!planning && (
          <SimpleGrid cols={{ base: 3, xs: 5 }} component="dl" m={0}>
            {figures.map(({ label, value, color }) => (
              <div key={label}>
                <Text component="dt" size="xs" c="dimmed">
                  {label}
                </Text>
                <Text component="dd" m={0} fw={650} c={color} style={{ fontVariantNumeric: "tabular-nums" }}>
                  {number(value)}
                </Text>
              </div>
            ))}
          </SimpleGrid>
        )}
      </Stack>
    </Card>
  );
}
