import { Badge, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { $api } from "@/api/client";
import { useMe } from "@/api/session";
import { Section } from "@/ui/Section";
import { accessWords } from "./people/words";

const roles = { owner: "Owner", admin: "Administrator", member: "Member" } as const;

export function Profile() {
  const me = useMe();
  const setup = $api.useQuery("get", "/api/v1/setup");
  return (
    <Stack maw={640} mb="md">
      <Section title="You">
        <Stack gap="sm">
          <Line name="Name">{me?.user?.name}</Line>
          <Line name="E-mail">{me?.user?.email}</Line>
          <Line name="Role">
            {me?.user && (
              <Badge variant="light" tt="none">
                {roles[me.user.role]}
              </Badge>
            )}
          </Line>
          {me && !me.sees_all && (
            <Line name="Clients">
              {me.access.map((one) => `${one.client_name}: ${accessWords(one)}`).join(" · ") || "None yet"}
            </Line>
          )}
        </Stack>
      </Section>
      <Section title="Organisation">
        <Stack gap="sm">
          <Line name="Name">{me?.tenant.name}</Line>
          <Line name="Version">{setup.data?.version}</Line>
          <Line name="Accounts">
            {setup.data &&
              (setup.data.sandbox
                ? "Sandbox: simulated Google and Microsoft accounts are available"
                : "Real providers only")}
          </Line>
        </Stack>
      </Section>
    </Stack>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Group gap="md" wrap="nowrap" align="flex-start">
      <Text size="sm" c="dimmed" w={110} style={{ flexShrink: 0 }}>
        {name}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </Group>
  );
}
