import { Alert, Button, Group, Select, Stack } from "@mantine/core";
import { Check, FlaskConical, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { $api } from "@/api/client";
import type { Credential } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { Section } from "@/ui/Section";

/** Creates an event at the provider and removes it again: the proof that writing works. */
export function TestEvent({ credential }: { credential: Credential }) {
  const list = $api.useQuery("get", "/api/v1/calendars", {
    params: { query: { credential_id: credential.id, limit: 200 } },
  });
  const test = $api.useMutation("post", "/api/v1/credentials/{id}/test-event", { meta: { handled: true } });
  const [chosen, setChosen] = useState<string | null>(null);
  const writable = list.data?.data.filter((one) => one.access_role === "owner" || one.access_role === "writer") ?? [];
  const calendar = chosen ?? (writable.find((one) => one.primary) ?? writable[0])?.id ?? null;
  const run = () => {
    if (calendar) test.mutate({ params: { path: { id: credential.id } }, body: { calendar_id: calendar } });
  };
  return (
    <Section
      title="Test event"
      description="Creates an event in the calendar and removes it at once. Nobody is mailed."
    >
      <Stack gap="sm">
        <Group align="flex-end" gap="xs">
          <Select
            label="Calendar"
            allowDeselect={false}
            value={calendar}
            onChange={setChosen}
            data={writable.map((one) => ({ value: one.id, label: one.name }))}
            placeholder={list.data && writable.length === 0 ? "No calendar can be written" : "Choose"}
            w={260}
          />
          <Button
            variant="default"
            loading={test.isPending}
            disabled={!calendar}
            leftSection={<FlaskConical size={16} aria-hidden />}
            onClick={run}
          >
            Create and remove
          </Button>
        </Group>
        {test.error && <Failure error={test.error} onRetry={run} />}
        {test.data && (
          <Alert
            role="status"
            color={test.data.created && test.data.removed ? "teal" : "yellow"}
            icon={test.data.removed ? <Check aria-hidden /> : <TriangleAlert aria-hidden />}
          >
            {test.data.removed
              ? `Created and removed in ${test.data.took_ms} ms.`
              : "Created, but it could not be removed: delete “Calendar Stacker test” in the calendar by hand."}
          </Alert>
        )}
      </Stack>
    </Section>
  );
}
