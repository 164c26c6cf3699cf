// Bookings of another system come in once: a table as that system wrote it, what could not be used with its reason, and a
// second time nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { at, type Booking, dayAhead, member, ZONE } from "./bookings-support.ts";
import { choose } from "./journeys-support.ts";
import { assertAccessible, assertClean, call, LOOKS, screenshot, stage } from "./support.ts";

const AHEAD = dayAhead(2);
let client: string;

const on = stage(async (page) => {
  const facts = { name: "Bright Dental", email: "hello@bright.example", time_zone: ZONE };
  client = (await call<{ id: string }>(page, "POST", "/clients", facts)).id;
  const staff_ids = [await member(page, client, { name: "Sam" }), await member(page, client, { name: "Tina" })];
  const service = { client_id: client, name: "Check-up", duration_minutes: 60, notice_minutes: 0, staff_ids };
  await call(page, "POST", "/services", service);
});

/** As a German spreadsheet writes it: semicolons, days first, old letters, names of its own for everything. */
const there = (rows: string[][]) =>
  Buffer.from(
    [["Datum", "Uhrzeit", "Bis", "Behandlung", "Mitarbeiter", "Kunde", "Farbe"], ...rows]
      .map((row) => row.join(";"))
      .join("\r\n"),
    "latin1",
  );
const german = (day: string) => day.split("-").reverse().join(".");
const ROWS = [
  ["05.03.2024", "9:30", "10:30", "Check-up", "Sam", "Jörg Weiß", "red"],
  ["06.03.2024", "14:00", "15:00", "check-up", "Tina", "Cara Lind", ""],
  // Empty rows are no bookings, and count all the same.
  ["", "", "", "", "", "", ""],
  [],
  ["06.03.2024", "16:00", "", "Haircut", "Tina", "Jo", ""],
  ["sometime", "16:00", "", "Check-up", "Sam", "Jo", ""],
  [german(AHEAD), "11:00", "12:00", "Check-up", "Sam", "Cara Lind", ""],
];
const FILE = { name: "old.csv", mimeType: "text/csv", buffer: there(ROWS) };
const BAD = 2;

async function bring(page: Page): Promise<void> {
  await page.goto(`/bookings?client=${client}`);
  await page.getByRole("link", { name: "Import…" }).click();
  await page.locator("input[type=file]").setInputFiles(FILE);
  // What it is called there, nobody here can know.
  await page.getByText("Say which column names the service.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Import 5 bookings" }).isDisabled());
  await choose(page, "What “Behandlung” is", "Service");
  await page.getByRole("region", { name: "First rows" }).getByText("2024-03-05 09:30").waitFor();
}

test("a table of another system comes in: understood first, its bad rows with their reason", async () => {
  const { context, page, faults } = await on.enter();
  await bring(page);
  await assertAccessible(page, "how a table is understood");
  await screenshot(page, "bookings-import-understood");
  await page.getByRole("button", { name: "Import 5 bookings" }).click();
  await page.waitForURL(/\/bookings\/imports\/bim_/);
  await page.getByText(`3 bookings made, ${BAD} rows could not be used.`).waitFor();
  const bad = page.getByRole("table", { name: "Rows that could not be used" }).getByRole("row");
  await bad
    .filter({ hasText: "There is no service “Haircut”." })
    .getByRole("cell", { name: "6", exact: true })
    .waitFor();
  await bad.filter({ hasText: "sometime" }).getByRole("cell", { name: "7", exact: true }).waitFor();
  await screenshot(page, "bookings-import-done");
  // The numbers are in the address; without them it is said how rows are counted.
  await page.reload();
  await bad.getByRole("cell", { name: "6", exact: true }).waitFor();
  await page.goto(new URL(page.url()).pathname);
  await page.getByText("empty rows are not counted").waitFor();
  await bad.getByRole("cell", { name: "4", exact: true }).waitFor();

  const { data } = await call<{ data: Booking[] }>(page, "GET", `/bookings?client_id=${client}`);
  assert.deepEqual(
    data.map(({ start, status, staff }) => [Date.parse(start), status, staff[0]?.name]),
    [
      [Date.parse("2024-03-05T08:30:00Z"), "completed", "Sam"],
      [Date.parse("2024-03-06T13:00:00Z"), "completed", "Tina"],
      [Date.parse(at(AHEAD, "11:00")), "confirmed", "Sam"],
    ],
  );
  await page.getByRole("link", { name: "To the bookings" }).click();
  await page.getByText("Check-up · Jörg Weiß").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("the same table a second time makes nothing", async () => {
  const { context, page, faults } = await on.enter();
  await bring(page);
  await page.getByRole("button", { name: "Import 5 bookings" }).click();
  await page.getByText(`Nothing new was made, 3 were here already, ${BAD} rows could not be used.`).waitFor();
  const { data } = await call<{ data: Booking[] }>(page, "GET", `/bookings?client_id=${client}`);
  assert.equal(data.length, 3);
  assert.deepEqual(faults, []);
  await context.close();
});

test("what is no table is refused in words before it is sent", async () => {
  const { context, page } = await on.enter();
  await page.goto(`/bookings/import?client=${client}`);
  const file = page.locator("input[type=file]");
  await file.setInputFiles({ name: "old.xlsx", mimeType: "application/octet-stream", buffer: Buffer.from("PK") });
  await page.getByRole("alert").getByText("In the spreadsheet choose “Save as” and CSV").waitFor();
  await file.setInputFiles({ name: "old.csv", mimeType: "text/csv", buffer: Buffer.from("Start,Service\n") });
  await page.getByRole("alert").getByText("It has no rows.").waitFor();
  // American dates are asked about, not guessed.
  const buffer = Buffer.from("Start,Service\n3/4/2024 1:30 PM,Check-up\n");
  await file.setInputFiles({ name: "us.csv", mimeType: "text/csv", buffer });
  const rows = page.getByRole("region", { name: "First rows" });
  await rows.getByText("2024-03-04 13:30").waitFor();
  await page.getByText("3 April", { exact: true }).click();
  await rows.getByText("2024-04-03 13:30").waitFor();
  await context.close();
});

for (const { look, options } of LOOKS) {
  test(`the pages of an import are clean in ${look}`, async () => {
    const { context, page, faults } = await on.enter(options);
    await page.goto(`/bookings/import?client=${client}`);
    await page.getByRole("heading", { name: "Import bookings", level: 1 }).waitFor();
    await assertClean(page, "bookings-import", look);
    await bring(page);
    await assertClean(page, "bookings-import-columns", look);
    await page.getByRole("button", { name: "Import 5 bookings" }).click();
    await page.getByText("could not be used.").waitFor();
    await assertClean(page, "bookings-import-outcome", look);
    assert.deepEqual(faults, []);
    await context.close();
  });
}
