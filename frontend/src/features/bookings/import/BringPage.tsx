// Bookings from another system: a file, what its columns are for, how its rows are understood, and then on their way.
import { Alert, Button, Card, Group, SegmentedControl, Stack, Switch, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, FileUp, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { ApiError, toApiError } from "@/api/error";
import type { BookingImport } from "@/api/types";
import { type Sending, sendBookings } from "@/api/upload";
import { bytes, count } from "@/lib/count";
import { announce } from "@/ui/announce";
import { DropFile } from "@/ui/DropFile";
import { Failure } from "@/ui/Failure";
import { ForClient } from "@/ui/ForClient";
import { PageHeader } from "@/ui/PageHeader";
import { Section } from "@/ui/Section";
import { useClientZone } from "../queries";
import { Columns, Understood } from "./Columns";
import {
  decode,
  gapsOf,
  guess,
  type Mapping,
  missing,
  type Order,
  orderOf,
  readTable,
  understood,
  write,
} from "./table";

/** What the service takes at once. */
const MOST_ROWS = 20_000;
const MOST_BYTES = 5 * 1024 * 1024;
/** What still fits into an address. */
const LONGEST = 1_500;

const unreadable = (detail: string, action: string) =>
  new ApiError({ code: "unreadable", title: "This file cannot be read", detail, action });

interface Table {
  name: string;
  size: number;
  heads: string[];
  rows: string[][];
  /** Which rows of the file these are, its heading first. */
  numbers: number[];
}

async function read(file: File): Promise<Table> {
  if (/\.(xlsx?|ods|numbers|zip)$/i.test(file.name))
    throw unreadable("It is a workbook.", "In the spreadsheet choose “Save as” and CSV, and drop that file.");
  if (file.size > MOST_BYTES)
    throw unreadable(`It has ${bytes(file.size)}; ${bytes(MOST_BYTES)} is the most.`, "Split it.");
  const found = readTable(decode(await file.arrayBuffer()));
  const [heads, ...rows] = found.map((row) => row.cells);
  if (!heads || rows.length === 0)
    throw unreadable("It has no rows.", "Its first line names the columns; each line below is a booking.");
  if (rows.length > MOST_ROWS)
    throw unreadable(`It has ${count(rows.length, "row")}; ${count(MOST_ROWS, "row")} are the most.`, "Split it.");
  return { name: file.name, size: file.size, heads, rows, numbers: found.map((row) => row.number) };
}

export function BringPage() {
  const [table, setTable] = useState<Table | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const take = async (file: File) => {
    setFailure(null);
    setTable(null);
    try {
      const found = await read(file);
      setTable(found);
      announce(`${found.name}: ${count(found.rows.length, "row")}`);
    } catch (error) {
      setFailure(toApiError(error));
    }
  };
  return (
    <Stack maw={860}>
      <PageHeader
        title="Import bookings"
        description="Bookings that were made in another system, from a CSV file. Nothing is sent before you have seen how it is understood, and customers are not told of it."
        help="bookings"
      >
        <Button
          variant="default"
          leftSection={<ArrowLeft size={16} aria-hidden />}
          renderRoot={(props) => <Link to="/bookings" {...props} />}
        >
          All bookings
        </Button>
      </PageHeader>
      <ForClient>
        {(client) => (
          <Stack key={client}>
            <DropFile
              title={table ? `${table.name}, ${count(table.rows.length, "row")}` : "Drop a table of bookings here"}
              body={
                table
                  ? "Drop another one to take that instead."
                  : `CSV, up to ${bytes(MOST_BYTES)} and ${count(MOST_ROWS, "row")}. Its first line names the columns.`
              }
              accept=".csv,.tsv,.txt,text/csv"
              onFile={(file) => void take(file)}
            />
            {failure && <Failure error={failure} title={failure.title} />}
            {table && <Mapped key={`${table.name} ${table.size}`} table={table} client={client} />}
          </Stack>
        )}
      </ForClient>
    </Stack>
  );
}

/** The texts of the columns that say when. */
const dates = (table: Table, mapping: Mapping) =>
  mapping.flatMap((one, column) =>
    one === "start" || one === "day" || one === "end" ? table.rows.map((row) => row[column] ?? "") : [],
  );

function Mapped({ table, client }: { table: Table; client: string }) {
  const navigate = useNavigate();
  const zone = useClientZone(client);
  const [mapping, setMapping] = useState<Mapping>(() => guess(table.heads));
  const [wanted, setWanted] = useState<Order | null>(null);
  const [writesPast, setWritesPast] = useState(false);
  const [share, setShare] = useState<number | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const sending = useRef<Sending<BookingImport> | null>(null);
  useEffect(() => () => sending.current?.cancel(), []);
  const found = useMemo(() => orderOf(dates(table, mapping)), [table, mapping]);
  const order = wanted ?? found?.order ?? "day";
  const lacking = missing(mapping);
  const first = understood(table.rows.slice(0, 5), mapping, order);
  const send = async () => {
    setFailure(null);
    setShare(0);
    sending.current = sendBookings(write(understood(table.rows, mapping, order)), client, writesPast, setShare);
    try {
      const { id } = await sending.current.answer;
      sending.current = null;
      // The service gets no empty rows and counts none.
      const gaps = gapsOf(table.numbers);
      const empty = gaps && gaps.length <= LONGEST ? gaps : undefined;
      await navigate({ to: "/bookings/imports/$importId", params: { importId: id }, search: { empty } });
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) setFailure(toApiError(error));
      setShare(null);
    }
  };
  return (
    <>
      <Section title="What the columns are for" description="Leave out what nobody needs.">
        <Columns heads={table.heads} example={table.rows[0] ?? []} mapping={mapping} onChange={setMapping} />
      </Section>
      {lacking ? (
        <Alert color="yellow" icon={<TriangleAlert aria-hidden />} title="Before the import">
          {lacking}
        </Alert>
      ) : (
        <Section
          title="How it is understood"
          description={`The first rows. Times are on the client’s clock, ${zone.replaceAll("_", " ")}.`}
        >
          <Stack>
            {found && !found.sure && (
              <Group gap="sm">
                <Text size="sm" id="order">
                  In this table 3/4 is
                </Text>
                <SegmentedControl
                  aria-labelledby="order"
                  value={order}
                  onChange={(value) => setWanted(value as Order)}
                  data={[
                    { value: "day", label: "3 April" },
                    { value: "month", label: "March 4" },
                  ]}
                />
              </Group>
            )}
            <Understood rows={first} numbers={table.numbers.slice(1)} />
          </Stack>
        </Section>
      )}
      <Card component="section" aria-label="Import">
        <Stack>
          <Switch
            label="Write bookings that are over into the calendars, too"
            description="Those that are to come are always written there."
            checked={writesPast}
            onChange={(event) => setWritesPast(event.currentTarget.checked)}
          />
          {failure && <Failure error={failure} onRetry={() => void send()} />}
          <Group justify="flex-end">
            {share !== null && (
              <Button variant="default" onClick={() => sending.current?.cancel()}>
                Stop
              </Button>
            )}
            <Button
              leftSection={<FileUp size={16} aria-hidden />}
              disabled={lacking !== null}
              loading={share !== null}
              onClick={() => void send()}
            >
              Import {count(table.rows.length, "booking")}
            </Button>
          </Group>
        </Stack>
      </Card>
    </>
  );
}
