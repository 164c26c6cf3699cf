import { Table } from "@mantine/core";
import type { ReactNode, RefObject } from "react";
import type { Windowed } from "./useWindowed";

/** As in Rows.module.css, with the line below. */
export const ROW = 58;

export interface WindowedBodyProps {
  body: RefObject<HTMLTableSectionElement | null>;
  /** How many rows there are. */
  count: number;
  shown: Windowed;
  /** Those that are shown. */
  children: ReactNode;
}

/** The body of a long table: the rows on the screen, and above and below as much room as the others would take. */
export function WindowedBody({ body, count, shown: { first, last }, children }: WindowedBodyProps) {
  return (
    <Table.Tbody ref={body}>
      <Room rows={first} />
      {children}
      <Room rows={count - last} />
    </Table.Tbody>
  );
}

const Room = ({ rows }: { rows: number }) =>
  rows > 0 && (
    <tr aria-hidden style={{ height: rows * ROW }}>
      <td />
    </tr>
  );
