// How every failed request looks: what happened, what to do, and a request id to quote.
import { Alert, Button, Code, CopyButton, Group, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { AlertTriangle, Check, Copy, RefreshCw, WifiOff } from "lucide-react";
import { toApiError } from "@/api/error";

export interface FailureProps {
  error: unknown;
  /** Offers “Try again”, where that may help. */
  onRetry?: () => void;
  title?: string;
}

export function RequestId({ id }: { id: string }) {
  return (
    <CopyButton value={id} timeout={2000}>
      {({ copied, copy }) => (
        <UnstyledButton onClick={copy} fz="xs">
          <Group gap={4} wrap="nowrap" component="span">
            <span>{copied ? "Copied" : "Request"}</span> <Code>{id}</Code>
            {copied ? <Check size={12} aria-hidden /> : <Copy size={12} aria-hidden />}
            <VisuallyHidden>copy request id</VisuallyHidden>
          </Group>
        </UnstyledButton>
      )}
    </CopyButton>
  );
}

export function Failure({ error, onRetry, title }: FailureProps) {
  const failure = toApiError(error);
  // What is not there is not there a second later.
  const again = failure.status === 404 ? undefined : onRetry;
  const Icon = failure.code === "offline" ? WifiOff : AlertTriangle;
  return (
    <Alert role="alert" color="red" variant="light" icon={<Icon aria-hidden />} title={title ?? failure.title}>
      <Text size="sm">{failure.detail}</Text>
      {failure.errors.length > 0 && (
        <ul style={{ margin: "0.25rem 0 0", paddingInlineStart: "1.25rem" }}>
          {failure.errors.map((one) => (
            <li key={`${one.pointer} ${one.code}`}>
              <Text size="sm">
                {one.pointer && <Code>{one.pointer.replace(/^\//, "")}</Code>} {one.detail}
              </Text>
            </li>
          ))}
        </ul>
      )}
      {failure.action && (
        <Text size="sm" fw={600} mt={4}>
          {failure.action}
        </Text>
      )}
      {(again || failure.requestId) && (
        <Group mt="xs" gap="md">
          {again && (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<RefreshCw size={14} aria-hidden />}
              onClick={again}
            >
              Try again
            </Button>
          )}
          {failure.requestId && <RequestId id={failure.requestId} />}
        </Group>
      )}
    </Alert>
  );
}
