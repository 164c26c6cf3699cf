import { Alert, Button, Group, Text } from "@mantine/core";
import { Check, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { ConsentResult } from "./consent";

/** The answer of the consent page. `detail` is the service's own sentence. */
export function ConsentAlert({
  result,
  detail,
  onClose,
  children,
}: {
  result: ConsentResult;
  detail?: string;
  onClose: () => void;
  children?: ReactNode;
}) {
  return (
    <Alert
      role={result.ok ? "status" : "alert"}
      color={result.ok ? "teal" : "red"}
      icon={result.ok ? <Check aria-hidden /> : <TriangleAlert aria-hidden />}
      title={result.title}
      mb="md"
    >
      <Text size="sm">{result.text}</Text>
      {detail && (
        <Text size="sm" mt={4}>
          {detail}
        </Text>
      )}
      <Group mt="sm" gap="xs">
        {children}
        <Button size="compact-sm" variant="default" onClick={onClose}>
          Dismiss
        </Button>
      </Group>
    </Alert>
  );
}
