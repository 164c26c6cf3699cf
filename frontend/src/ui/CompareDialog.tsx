// A calendar held against what its provider lists: what differs, in plain words, and our copy brought in line on request.
import { Alert, Anchor, Button, Group, Loader, Modal, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, TriangleAlert, Wrench } from "lucide-react";
import { useEffect, useRef } from "react";
import { invalidate } from "@/api/query";
import { type Difference, type Reconciliation, reconcile } from "@/api/reconcile";
import { useMay } from "@/api/session";
import type { Calendar } from "@/api/types";
import { fieldWords } from "@/lib/field-words";
import { Failure } from "./Failure";
import { RelativeTime } from "./RelativeTime";
import { providerNames } from "./status";
import { useFocusBack } from "./useFocusBack";

export interface CompareDialogProps {
  calendar: Pick<Calendar, "id" | "name" | "provider">;
  onClose: () => void;
}

/** More are not read by anybody; their number is said. */
const SHOWN = 200;
const numbers = new Intl.NumberFormat();
const events = (count: number) => `${numbers.format(count)} ${count === 1 ? "event" : "events"}`;

/** What differs, for people. */
export function differs({ kind, fields }: Difference, provider: string): string {
  if (kind === "missing_here") return "Missing here";
  if (kind === "missing_there") return `Missing at ${provider}`;
  return fields.length > 0 ? `Says something else: ${fieldWords(fields)}` : "Says something else";
}

export function CompareDialog({ calendar, onClose }: CompareDialogProps) {
  useFocusBack();
  const queries = useQueryClient();
  const mayRepair = useMay("calendars:write");
  const call = useMutation({
    mutationFn: (repair: boolean) => reconcile(calendar.id, repair),
    meta: { handled: true },
    onSuccess: (_, repair) =>
      invalidate(
        queries,
        "/api/v1/calendars",
        ...(repair ? ["/api/v1/events", "/api/v1/dashboard", "/api/v1/sync-log"] : ["/api/v1/sync-log"]),
      ),
  });
  // Opened to compare: it begins at once, and once.
  const begun = useRef(false);
  const { mutate } = call;
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    mutate(false);
  }, [mutate]);
  const provider = providerNames[calendar.provider];
  const result = call.data;
  const left = result?.differences.filter((one) => !one.repaired).length ?? 0;
  const canRepair = mayRepair && left > 0 && result?.repaired === false;
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={`Compare “${calendar.name}” with ${provider}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack>
        <div role="status">
          {call.isPending ? (
            <Group gap="sm" wrap="nowrap">
              <Loader size="sm" aria-hidden />
              <Text size="sm">
                {call.variables
                  ? "What is shown here is brought in line…"
                  : "Every event is held against what the provider lists. Nothing is changed by looking…"}
              </Text>
            </Group>
          ) : (
            result && <Verdict result={result} provider={provider} />
          )}
        </div>
        {call.error && !call.isPending && (
          <Failure error={call.error} onRetry={() => call.mutate(call.variables ?? false)} />
        )}
        {result && !call.isPending && result.differences.length > 0 && (
          <Differences all={result.differences} provider={provider} />
        )}
        {canRepair && !call.isPending && (
          <Text size="sm" c="dimmed">
            Repairing makes what you see here say what {provider} says: what is missing here appears, what is missing
            there disappears. Your own changes that are still on their way are spared, and nothing is written to{" "}
            {provider}.
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          {canRepair && (
            <Button
              loading={call.isPending}
              leftSection={<Wrench size={16} aria-hidden />}
              onClick={() => call.mutate(true)}
            >
              Repair
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Verdict({ result, provider }: { result: Reconciliation; provider: string }) {
  const found = result.differences.length;
  const repaired = result.differences.filter((one) => one.repaired).length;
  const good = found === repaired;
  const title =
    found === 0
      ? "Here and there say the same"
      : !result.repaired
        ? `${events(found)} ${found === 1 ? "differs" : "differ"}`
        : good
          ? `${events(repaired)} brought in line`
          : `${events(repaired)} brought in line, ${numbers.format(found - repaired)} left`;
  return (
    <Alert
      role="presentation"
      color={good ? "teal" : "yellow"}
      icon={good ? <Check aria-hidden /> : <TriangleAlert aria-hidden />}
      title={title}
    >
      {events(result.compared)} of {provider} compared, <RelativeTime at={result.at} />.
      {result.repaired && !good && " What is left waits to be sent, or was changed again meanwhile."}
    </Alert>
  );
}

function Differences({ all, provider }: { all: readonly Difference[]; provider: string }) {
  return (
    <>
      <Table aria-label="Differences" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Event</Table.Th>
            <Table.Th scope="col">What differs</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.slice(0, SHOWN).map((one) => (
            <Table.Tr key={one.provider_event_id}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {one.event_id && !(one.repaired && one.kind === "missing_there") ? (
                  <Anchor
                    size="sm"
                    renderRoot={(props) => (
                      <Link to="/events/$eventId" params={{ eventId: one.event_id ?? "" }} {...props} />
                    )}
                  >
                    {one.title || "(no title)"}
                  </Anchor>
                ) : (
                  one.title || "(no title)"
                )}
              </Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {differs(one, provider)}
                {one.repaired && (
                  <Text size="sm" c="dimmed">
                    Brought in line
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {all.length > SHOWN && (
        <Text size="sm" c="dimmed">
          And {numbers.format(all.length - SHOWN)} more.
        </Text>
      )}
    </>
  );
}
