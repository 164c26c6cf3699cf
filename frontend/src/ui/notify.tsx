// Short messages in the corner; they are live regions, so screen readers hear them too.
import { Button, Group, Stack, Text } from "@mantine/core";
import { hideNotification, showNotification } from "@mantine/notifications";
import { AlertTriangle, Check } from "lucide-react";
import { toApiError } from "@/api/error";
import { RequestId } from "./Failure";

export function notifyDone(message: string): void {
  const icon = <Check size={16} aria-hidden />;
  // Said again, it is not there twice: messages cover what is below them.
  showNotification({ id: `done-${message}`, message, color: "teal", icon, autoClose: 4000 });
}

export function notifyFailure(error: unknown): void {
  const failure = toApiError(error);
  showNotification({
    id: `failure-${failure.code}-${failure.detail}`,
    color: "red",
    icon: <AlertTriangle size={16} aria-hidden />,
    title: failure.title,
    autoClose: 12_000,
    message: (
      <Stack gap={4}>
        <Text size="sm">{failure.detail}</Text>
        {failure.action && (
          <Text size="sm" fw={600}>
            {failure.action}
          </Text>
        )}
        {failure.requestId && <RequestId id={failure.requestId} />}
      </Stack>
    ),
  });
}

/** What was tried did not change anything, and why. */
export function notifyStill(title: string, detail: string | null): void {
  showNotification({
    color: "orange",
    icon: <AlertTriangle size={16} aria-hidden />,
    title,
    message: <Text size="sm">{detail}</Text>,
    autoClose: 12_000,
  });
}

/** Says what was done and offers to take it back for eight seconds; `verb` where “Undo” would not say what happens. */
export function notifyUndo(message: string, undo: () => unknown, verb = "Undo"): void {
  const id = `undo-${crypto.randomUUID()}`;
  showNotification({
    id,
    color: "teal",
    icon: <Check size={16} aria-hidden />,
    autoClose: 8000,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="light"
          style={{ flexShrink: 0 }}
          onClick={() => {
            hideNotification(id);
            void undo();
          }}
        >
          {verb}
        </Button>
      </Group>
    ),
  });
}
