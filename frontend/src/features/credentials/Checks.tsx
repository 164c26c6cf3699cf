import { Alert, CloseButton, Group, List, Text, ThemeIcon } from "@mantine/core";
import { Check, X } from "lucide-react";
import type { Validation } from "@/api/types";

const names: Record<Validation["checks"][number]["name"], string> = {
  reachable: "The server answers",
  signed_in: "Signing in works",
  scopes: "All permissions are there",
  calendars: "Calendars can be listed",
  discovery: "Calendars were found",
};

/** What a validation tried, one line each. */
export function Checks({ result, onClose }: { result: Validation; onClose: () => void }) {
  return (
    <Alert
      role="status"
      color={result.ok ? "teal" : "red"}
      title={
        <Group justify="space-between" component="span">
          {result.ok ? "Everything works" : "Something does not work"}
          <CloseButton size="sm" aria-label="Close the checks" onClick={onClose} />
        </Group>
      }
      styles={{ label: { width: "100%" } }}
    >
      <List spacing={6} size="sm" center>
        {result.checks.map((check) => (
          <List.Item
            key={check.name}
            icon={
              <ThemeIcon size={20} radius="xl" color={check.ok ? "teal" : "red"}>
                {check.ok ? <Check size={12} aria-label="works" /> : <X size={12} aria-label="does not work" />}
              </ThemeIcon>
            }
          >
            <Text span size="sm" fw={600}>
              {names[check.name] ?? check.name}
            </Text>
            {check.detail && (
              <Text span size="sm">
                {" "}
                – {check.detail}
              </Text>
            )}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
