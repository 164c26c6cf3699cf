// A line opened: what is wrong with it and what to do, or what each field says before and after.
import { Alert, Anchor, Drawer, Group, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CalendarClock, OctagonAlert } from "lucide-react";
import type { OperationItem } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { StateBadge } from "@/ui/status";
import { useFocusBack } from "@/ui/useFocusBack";
import classes from "./Bulk.module.css";
import { fieldChanges } from "./diff";
import { conflictWords, lineTitle, outcomeLooks, placeWords } from "./words";

export interface ItemDrawerProps {
  item: OperationItem;
  calendar: string | null;
  onClose: () => void;
}

export function ItemDrawer({ item, calendar, onClose }: ItemDrawerProps) {
  useFocusBack();
  const changes = fieldChanges(item.before, item.after);
  const [hasBefore, hasAfter] = [item.before !== null, item.after !== null];
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={`Line ${item.line}`}>
      <Stack>
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {lineTitle(item)}
          </Text>
          <StateBadge look={outcomeLooks[item.outcome]} />
        </Group>
        {calendar && (
          <Text size="sm" c="dimmed">
            {calendar}
          </Text>
        )}
        {item.faults.length > 0 && (
          <Alert
            color="orange"
            icon={<OctagonAlert aria-hidden />}
            title={item.outcome === "bad" ? "What is wrong with it" : "To know"}
          >
            <Stack component="ul" gap={6} m={0} p={0} style={{ listStyle: "none" }}>
              {item.faults.map((fault) => (
                <Text component="li" size="sm" key={`${fault.code} ${fault.column?.number}`} className={classes.value}>
                  <b>{placeWords(fault)}</b>: {sentence(fault.detail)}
                </Text>
              ))}
            </Stack>
          </Alert>
        )}
        {item.conflicts.length > 0 && (
          <Alert color="yellow" icon={<CalendarClock aria-hidden />} title="At the same time">
            <Stack component="ul" gap={6} m={0} p={0} style={{ listStyle: "none" }}>
              {item.conflicts.map((one) => (
                <Text
                  component="li"
                  size="sm"
                  key={`${one.event_id ?? one.item_id} ${one.start_at}`}
                  className={classes.value}
                >
                  {conflictWords(one)}
                </Text>
              ))}
            </Stack>
          </Alert>
        )}
        {item.error && (
          <Alert color="red" icon={<OctagonAlert aria-hidden />} title="It failed">
            <Text size="sm">{sentence(item.error.detail)}</Text>
          </Alert>
        )}
        {changes.length > 0 && (
          <Table aria-label="What changes" verticalSpacing={6} layout="fixed">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col" w={110}>
                  Field
                </Table.Th>
                {hasBefore && <Table.Th scope="col">Before</Table.Th>}
                {hasAfter && <Table.Th scope="col">{hasBefore ? "After" : "Says"}</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changes.map((one) => (
                <Table.Tr key={one.field}>
                  <Table.Th scope="row" className={classes.value} fw={500}>
                    {one.field}
                  </Table.Th>
                  {hasBefore && <Table.Td className={classes.value}>{one.before || "–"}</Table.Td>}
                  {hasAfter && <Table.Td className={classes.value}>{one.after || "–"}</Table.Td>}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        {item.event_id && item.outcome !== "delete" && (
          <Anchor
            size="sm"
            renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId: item.event_id ?? "" }} {...props} />}
          >
            The event
          </Anchor>
        )}
      </Stack>
    </Drawer>
  );
}
