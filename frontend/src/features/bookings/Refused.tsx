// A time that cannot be had: why, and when else, as buttons.
import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { CalendarX } from "lucide-react";
import { toApiError } from "@/api/error";
import type { Alternative, Unavailable } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { Failure } from "@/ui/Failure";

export interface AlternativesProps {
  alternatives: readonly Alternative[];
  onChoose: (alternative: Alternative) => void;
}

export function Alternatives({ alternatives, onChoose }: AlternativesProps) {
  if (alternatives.length === 0) return null;
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        These are free:
      </Text>
      <Group gap="xs">
        {alternatives.map((one) => (
          <Button
            key={one.start}
            size="compact-md"
            variant="default"
            h="auto"
            py={4}
            style={{ whiteSpace: "normal" }}
            styles={{ label: { whiteSpace: "normal" } }}
            onClick={() => onChoose(one)}
          >
            {one.say}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

/** What stands against it, each sentence once; most times it was said at the top already. */
function reasonsOf({ times }: Unavailable): string[] {
  const reasons = new Set(times.flatMap((one) => one.reasons.map(({ say }) => sentence(say))));
  return [...reasons].filter((reason) => times.every(({ say }) => !say.includes(reason)));
}

export interface RefusedProps {
  error: unknown;
  /** Without it, other times are not offered. */
  onChoose?: (alternative: Alternative) => void;
}

/** Whatever went wrong with a booking; times that are taken come with their way out. */
export function Refused({ error, onChoose }: RefusedProps) {
  const { unavailable } = toApiError(error);
  if (!unavailable) return <Failure error={error} />;
  const reasons = reasonsOf(unavailable);
  return (
    <Alert role="alert" color="orange" icon={<CalendarX aria-hidden />} title="This time is not free">
      <Stack gap="xs">
        {unavailable.times.map((one) => (
          <Text key={one.start} size="sm">
            {one.say}
          </Text>
        ))}
        {reasons.length > 0 && (
          <List size="sm">
            {reasons.map((one) => (
              <List.Item key={one}>{one}</List.Item>
            ))}
          </List>
        )}
        {onChoose && <Alternatives alternatives={unavailable.alternatives} onChoose={onChoose} />}
      </Stack>
    </Alert>
  );
}
