import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { PlugZap } from "lucide-react";
import type { Dashboard } from "@/api/types";
import { CredentialBadge, providerNames } from "@/ui/status";

const SHOWN = 5;

/** Accounts that need a person, each with its remedy. */
export function Alerts({ alerts }: { alerts: Dashboard["credentials"]["alerts"] }) {
  if (alerts.length === 0) return null;
  return (
    <Alert
      component="section"
      color="orange"
      icon={<PlugZap aria-hidden />}
      title={alerts.length === 1 ? "One account needs you" : `${alerts.length} accounts need you`}
    >
      <Stack gap="xs">
        {alerts.slice(0, SHOWN).map((alert) => (
          <Group key={alert.credential_id} justify="space-between" gap="xs">
            <div style={{ minWidth: 0, flex: "1 1 16rem" }}>
              <Group gap="xs">
                <Text size="sm" fw={600} c="var(--mantine-color-text)">
                  {alert.client_name}
                </Text>
                <Text size="sm" c="var(--mantine-color-text)">
                  {providerNames[alert.provider]}
                </Text>
                <CredentialBadge status={alert.status} />
              </Group>
              {alert.detail && (
                <Text size="xs" c="var(--mantine-color-text)">
                  {alert.detail}
                </Text>
              )}
            </div>
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`Reconnect ${providerNames[alert.provider]} of ${alert.client_name}`}
              renderRoot={(props) => (
                <Link to="/credentials/$credentialId" params={{ credentialId: alert.credential_id }} {...props} />
              )}
            >
              Reconnect
            </Button>
          </Group>
        ))}
        {alerts.length > SHOWN && (
          <Button size="compact-sm" variant="subtle" renderRoot={(props) => <Link to="/credentials" {...props} />}>
            All {alerts.length}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
