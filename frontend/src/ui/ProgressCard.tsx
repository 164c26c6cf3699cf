import { Card, Group, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { number } from "@/lib/count";

export interface ProgressCardProps {
  title: string;
  /** At the right: how long it will still take, what one may do meanwhile. */
  aside?: ReactNode;
  /** 0 to 100. */
  value: number;
  /** The value in words. */
  say: string;
  busy: boolean;
  /** What became of the parts, in order; those that went wrong are `bad`. */
  figures: { label: string; value: number; bad?: boolean }[];
}

/** How far a long piece of work is. */
export function ProgressCard({ title, aside, value, say, busy, figures }: ProgressCardProps) {
  const isBad = figures.some((one) => one.bad && one.value > 0);
  return (
    <Card component="section" aria-label="Progress">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Text fw={650} fz="lg" style={{ fontVariantNumeric: "tabular-nums" }}>
            {title}
          </Text>
          <Text size="sm" c="dimmed">
            {aside}
          </Text>
        </Group>
        <Progress.Root size="lg">
          <Progress.Section
            value={value}
            animated={busy}
            striped={busy}
            color={isBad ? "orange" : undefined}
            aria-label="Progress"
            aria-valuetext={say}
          />
        </Progress.Root>
        {figures.length > 0 && (
          <SimpleGrid cols={{ base: figures.length > 4 ? 3 : 2, xs: figures.length }} component="dl" m={0}>
            {figures.map(({ label, value, bad }) => (
              <div key={label}>
                <Text component="dt" size="xs" c="dimmed">
                  {label}
                </Text>
                <Text
                  component="dd"
                  m={0}
                  fw={650}
                  c={bad && value > 0 ? "var(--mantine-color-error)" : undefined}
                  style={{ fontVariantNumeric: "tabular-nums" }}
                >
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
