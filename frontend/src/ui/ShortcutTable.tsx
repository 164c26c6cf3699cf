import { Group, Kbd, Table } from "@mantine/core";
import { Fragment } from "react";
import { shortcutTable } from "@/lib/shortcuts";

/** All keyboard shortcuts by group. */
export function ShortcutTable() {
  const groups = [...new Set(shortcutTable.map((row) => row.group))];
  return (
    <>
      {groups.map((group) => (
        <Table key={group} captionSide="top" mb="sm" verticalSpacing={6}>
          <Table.Caption ta="start" fw={600}>
            {group}
          </Table.Caption>
          <Table.Tbody>
            {shortcutTable
              .filter((row) => row.group === group)
              .map((row) => (
                <Table.Tr key={row.does}>
                  <Table.Td>{row.does}</Table.Td>
                  <Table.Td>
                    <Group gap={6} justify="flex-end">
                      {row.keys.map((keys, index) => (
                        <Fragment key={keys}>
                          {index > 0 && <span>or</span>}
                          <span>
                            {keys.split(" ").map((key) => (
                              <Kbd key={key} mx={1}>
                                {key}
                              </Kbd>
                            ))}
                          </span>
                        </Fragment>
                      ))}
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
          </Table.Tbody>
        </Table>
      ))}
    </>
  );
}
