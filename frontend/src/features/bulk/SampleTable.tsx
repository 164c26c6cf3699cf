import { Select, Table, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import type { Import, Layout, LayoutPatch } from "@/api/types";
import { sentence } from "@/lib/sentence";
import classes from "./Bulk.module.css";
import { choicesFor } from "./layout";
import { placeWords } from "./words";

export interface SampleTableProps {
  sample: NonNullable<Import["sample"]>;
  /** Of a table: each column can be given another meaning. */
  layout: Layout | null;
  onChange: (change: LayoutPatch) => void;
  busy: boolean;
}

/** The first rows as they are read, what is wrong with each below it. */
export function SampleTable({ sample, layout, onChange, busy }: SampleTableProps) {
  const bad = sample.rows.filter((row) => row.faults.length > 0);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={classes.wide} tabIndex={0} aria-label="First rows">
        <Table className={classes.sample} style={{ opacity: busy ? 0.6 : 1 }} verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" style={{ minWidth: 0 }}>
                Line
              </Table.Th>
              {sample.columns.map((name, at) => {
                const target = layout?.columns[at]?.target ?? null;
                const title = name || `Column ${at + 1}`;
                return (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                  <Table.Th scope="col" key={at}>
                    {title}
                    {layout && (
                      <Select
                        mt={4}
                        size="xs"
                        fw={400}
                        aria-label={`What “${title}” is for`}
                        searchable
                        allowDeselect={false}
                        data={[{ value: "", label: "Not read" }, ...choicesFor(target)]}
                        value={target ?? ""}
                        onChange={(value) =>
                          onChange({
                            columns: layout.columns.map((one, place) =>
                              place === at ? { ...one, target: value || null } : one,
                            ),
                          })
                        }
                      />
                    )}
                  </Table.Th>
                );
              })}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sample.rows.map((row) => (
              <tr key={row.line} data-bad={row.faults.length > 0 || undefined}>
                <td>{row.line}</td>
                {sample.columns.map((_, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
                  <td key={at} title={row.cells[at]}>
                    {row.cells[at]}
                  </td>
                ))}
              </tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {bad.length > 0 && (
        <ul style={{ margin: "var(--mantine-spacing-sm) 0 0", padding: 0, listStyle: "none" }}>
          {bad.flatMap((row) =>
            row.faults.map((fault) => (
              <li key={`${row.line} ${fault.code} ${fault.column?.number}`}>
                <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                  <TriangleAlert size={14} aria-hidden style={{ verticalAlign: "-2px" }} /> <b>{placeWords(fault)}</b>:{" "}
                  {sentence(fault.detail)}
                </Text>
              </li>
            )),
          )}
        </ul>
      )}
    </>
  );
}
