import { Code, Table, Text } from "@mantine/core";
import { Check, Minus, X } from "lucide-react";
import { $api } from "@/api/client";
import type { Credential } from "@/api/types";
import { Section } from "@/ui/Section";

/** Which permissions the account gave, and what each is for. */
export function GrantedScopes({ credential }: { credential: Credential }) {
  const providers = $api.useQuery("get", "/api/v1/providers", {}, { staleTime: 60_000 });
  const known = providers.data?.data.find((one) => one.provider === credential.provider)?.scopes ?? [];
  const all = [
    ...new Set([...credential.scopes_requested, ...known.map((one) => one.scope), ...credential.scopes_granted]),
  ];
  return (
    <Section title="Permissions" description="What the provider lets us do, and why we ask.">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Permission</Table.Th>
            <Table.Th scope="col" w={130}>
              Given
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.map((scope) => {
            const about = known.find((one) => one.scope === scope);
            const given = credential.scopes_granted.includes(scope);
            return (
              <Table.Tr key={scope}>
                <Table.Td>
                  <Text size="sm">{about?.why ?? "Given, but not needed."}</Text>
                  <Code style={{ overflowWrap: "anywhere" }}>{scope}</Code>
                </Table.Td>
                <Table.Td>
                  <Text size="sm">
                    {given ? (
                      <Check size={14} aria-hidden color="var(--mantine-color-teal-filled)" />
                    ) : about?.required === false ? (
                      <Minus size={14} aria-hidden />
                    ) : (
                      <X size={14} aria-hidden />
                    )}{" "}
                    {given ? "Yes" : about?.required === false ? "No (optional)" : "No"}
                  </Text>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
