import { Select, Table, Text, VisuallyHidden } from "@mantine/core";
import classes from "./Columns.module.css";
import { type Mapping, PURPOSES, type Purpose, purposes } from "./table";

const known = purposes.map((value) => ({ value, label: PURPOSES[value].label }));
const choices = [{ value: "", label: "Left out" }, ...known];

export interface ColumnsProps {
  heads: readonly string[];
  /** A row, to see what is in them. */
  example: readonly string[];
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}

/** What each column of the file is for. One below the other: so they fit on a phone. */
export function Columns({ heads, example, mapping, onChange }: ColumnsProps) {
  const put = (column: number, purpose: string | null) =>
    onChange(
      // Nothing is said by two columns.
      mapping.map((one, at) => (at === column ? ((purpose || null) as Purpose | null) : one === purpose ? null : one)),
    );
  return (
    <Table layout="fixed" aria-label="Columns">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col" w="38%">
            In the file
          </Table.Th>
          <Table.Th scope="col">It is</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {heads.map((head, column) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one name; they stay where they are
          <Table.Tr key={column}>
            <Table.Td>
              <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                {head || `Column ${column + 1}`}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {example[column] || "(empty)"}
              </Text>
            </Table.Td>
            <Table.Td>
              <Select
                aria-label={`What “${head || `Column ${column + 1}`}” is`}
                allowDeselect={false}
                data={choices}
                value={mapping[column] ?? ""}
                onChange={(purpose) => put(column, purpose)}
              />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const names: Record<string, string> = {
  ...Object.fromEntries(known.map(({ value, label }) => [value, label])),
  start: "Start",
};

/** Rows as they will be sent. */
export function Understood({ rows, numbers }: { rows: readonly Record<string, string>[]; numbers: readonly number[] }) {
  const heads = Object.keys(rows[0] ?? {});
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    <section className={classes.wide} aria-label="First rows" tabIndex={0}>
      <Table className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">
              <VisuallyHidden>Row</VisuallyHidden>
            </Table.Th>
            {heads.map((head) => (
              <Table.Th scope="col" key={head}>
                {names[head]}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, index) => (
            <Table.Tr key={numbers[index]}>
              <Table.Td c="dimmed">{numbers[index]}</Table.Td>
              {heads.map((head) => (
                <Table.Td key={head}>
                  {head === "start" || head === "end" ? row[head]?.replace("T", " ") : row[head]}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
