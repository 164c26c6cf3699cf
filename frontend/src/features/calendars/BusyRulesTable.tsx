// Which events of a calendar take time: the table that decides, line by line.
import { Select, Switch, Table, Text } from "@mantine/core";
import { useMay } from "@/api/session";
import type { BusyRules, Calendar } from "@/api/types";
import { useCalendarPatch } from "@/ui/CalendarToggles";
import { Section } from "@/ui/Section";

type Line = Exclude<keyof BusyRules, "all_day">;

const lines = {
  tentative: "Tentative events",
  unanswered: "Invitations nobody answered",
  maybe: "Invitations answered “maybe”",
  out_of_office: "Out of office, even when marked as free",
  focus_time: "Focus time",
} satisfies Record<Line, string>;

const wholeDays = [
  { value: "if_busy", label: "Unless marked as free" },
  { value: "always", label: "Always" },
  { value: "never", label: "Never" },
] satisfies { value: BusyRules["all_day"]; label: string }[];

/** Lines that nobody can change. */
const fixed = {
  "Cancelled events": "Never",
  "Invitations that were declined": "Never",
  "Working locations": "Never",
  "Events marked as free": "Only where a line above says so",
};

export function BusyRulesTable({ calendar }: { calendar: Calendar }) {
  const patch = useCalendarPatch();
  const mayWrite = useMay("calendars:write");
  const rules = calendar.busy_rules as BusyRules;
  const change = (part: Partial<BusyRules>) => void patch(calendar.id, { busy_rules: { ...rules, ...part } });
  return (
    <Section
      title="What takes time"
      description={
        calendar.blocks_availability
          ? "Which events of this calendar make a time unavailable"
          : "This calendar does not block availability; for staff whose calendar it is, these lines count."
      }
    >
      <Table maw={640} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Events</Table.Th>
            <Table.Th scope="col" w={{ base: 150, sm: 220 }}>
              Take time
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Table.Tr>
            <Table.Td>Whole days</Table.Td>
            <Table.Td>
              <Select
                size="xs"
                aria-label="Whole days take time"
                allowDeselect={false}
                disabled={!mayWrite}
                data={wholeDays}
                value={rules.all_day}
                onChange={(value) => value && change({ all_day: value as BusyRules["all_day"] })}
              />
            </Table.Td>
          </Table.Tr>
          {(Object.keys(lines) as Line[]).map((line) => (
            <Table.Tr key={line}>
              <Table.Td>{lines[line]}</Table.Td>
              <Table.Td>
                <Switch
                  size="sm"
                  aria-label={`${lines[line]} take time`}
                  disabled={!mayWrite}
                  checked={rules[line]}
                  onChange={(event) => change({ [line]: event.currentTarget.checked })}
                />
              </Table.Td>
            </Table.Tr>
          ))}
          {Object.entries(fixed).map(([name, words]) => (
            <Table.Tr key={name}>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {name}
                </Text>
              </Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {words}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
