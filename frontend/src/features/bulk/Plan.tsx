import { Alert, Badge, Group, Stack, Table, Text } from "@mantine/core";
import { CalendarClock, ShieldAlert } from "lucide-react";
import type { PlanSummary } from "@/api/types";
import { count, number } from "@/lib/count";
import { Section } from "@/ui/Section";
import classes from "./Bulk.module.css";
import { costWords, countWords, lines, outcomeLooks, outcomes, writes } from "./words";

/** The dry run in numbers: what would happen, where, at what price. */
export function Plan({ summary, planned }: { summary: PlanSummary; planned: boolean }) {
  const { counts, calendars, conflicts, guard } = summary;
  const write = writes(counts);
  return (
    <Section
      title={planned ? "What will happen" : "What was planned"}
      description={`${count(lines(counts), "line")}: ${countWords(counts)}.`}
    >
      <Stack gap="md">
        <Group gap={6}>
          {outcomes
            .filter((one) => counts[one] > 0)
            .map((one) => {
              const { label, color, icon: Icon } = outcomeLooks[one];
              return (
                <Badge
                  key={one}
                  variant="light"
                  color={color}
                  size="lg"
                  tt="none"
                  leftSection={<Icon size={14} aria-hidden />}
                >
                  {number(counts[one])} {label.toLowerCase()}
                </Badge>
              );
            })}
        </Group>
        {planned && <Text size="sm">{write === 0 ? "Nothing would be written." : costWords(summary)}</Text>}
        {planned && conflicts > 0 && (
          <Alert color="yellow" icon={<CalendarClock aria-hidden />} title="Something else is at the same time">
            <Text size="sm">
              {count(conflicts, "line")} would meet an event that is there, or another line. They are written all the
              same; “Only conflicts” below shows them.
            </Text>
          </Alert>
        )}
        {planned && guard && (
          <Alert color="red" icon={<ShieldAlert aria-hidden />} title="Much would be deleted">
            <Text size="sm">{guard} You will be asked to type it.</Text>
          </Alert>
        )}
        {calendars.length > 0 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
          <section className={classes.wide} tabIndex={0} aria-label="By calendar">
            <Table verticalSpacing={6} miw={460}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Calendar</Table.Th>
                  {(["create", "update", "move", "delete"] as const).map((one) => (
                    <Table.Th scope="col" key={one} ta="right">
                      {outcomeLooks[one].label}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {calendars.map((one) => (
                  <Table.Tr key={one.calendar_id}>
                    <Table.Td>
                      {one.name ?? "A calendar that is gone"}
                      <Text span size="xs" c="dimmed">
                        {" "}
                        {one.client_name}
                      </Text>
                    </Table.Td>
                    <Table.Td ta="right">{number(one.create)}</Table.Td>
                    <Table.Td ta="right">{number(one.update)}</Table.Td>
                    <Table.Td ta="right">{number(one.move)}</Table.Td>
                    <Table.Td ta="right">{number(one.delete)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </section>
        )}
      </Stack>
    </Section>
  );
}
