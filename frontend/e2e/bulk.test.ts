// Journey A3: 500 rows over three calendars of two clients. The dry run lists the bad rows, the work is applied with its
// progress, the service dies on the way, what failed is tried again, what is exported says what was put in, and all of it
// is taken back. The providers live in a process of their own: they see what a crash leaves behind.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { choose, connected, DANA, google, YOGA } from "./journeys-support.ts";
import {
  assertAccessible,
  assertClean,
  call,
  LOOKS,
  screenshot,
  settled,
  stage,
  startService,
  startSimulator,
  until,
} from "./support.ts";

interface Operation {
  id: string;
  state: string;
  title: string;
  total: number;
  done: number;
  failed: number;
  skipped: number;
  summary: { counts: Record<string, number> } | null;
}
interface Row {
  client: string;
  calendar: string;
  title: string;
  start: string;
}

const ZONE = "Europe/Berlin";
const DENTAL = "Bright Dental";
const RIVER = "Riverside Yoga";
const CALENDARS: [client: string, calendar: string][] = [
  [DENTAL, "Visits north"],
  [DENTAL, "Visits south"],
  [RIVER, "Front desk"],
];
/** Fewer, for a quick look at the rest. */
const ROWS = Number(process.env.BULK_ROWS ?? 500);
/** Every 63rd row has something wrong with it. */
const isBad = (n: number) => n % 63 === 62;
const BAD = Array.from({ length: ROWS }, (_, n) => n).filter(isBad).length;
const GOOD = ROWS - BAD;

const rows: Row[] = Array.from({ length: ROWS }, (_, n) => {
  const [client, calendar] = CALENDARS[n % 3] as [string, string];
  const day = new Date(Date.UTC(2027, 2, 1 + Math.floor(n / 8))).toISOString().slice(0, 10);
  const time = `${String(8 + (n % 8)).padStart(2, "0")}:00`;
  return { client, calendar, title: `Visit ${n}: pump; "north"`, start: `${day} ${time}` };
});
const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
/** As a German spreadsheet writes it: semicolons, days first. */
const csv = [
  "Customer;Calendar;Subject;Start;Minutes;Where",
  ...rows.map((row, n) => {
    const [day, time] = row.start.split(" ") as [string, string];
    const start = isBad(n) ? "someday" : `${day.split("-").reverse().join(".")} ${time}`;
    return [row.client, row.calendar, row.title, start, "45", `Room ${n % 7}`].map(cell).join(";");
  }),
].join("\r\n");

let simulator: Awaited<ReturnType<typeof startSimulator>>;
let control: ReturnType<typeof google>;
const at: Record<string, string> = {};
const clients: string[] = [];

const on = stage(
  async (page) => {
    for (const [client, calendar] of CALENDARS) {
      at[calendar] = await control.addCalendar(client === DENTAL ? DANA : YOGA, calendar, ZONE);
    }
    clients.push(await connected(page, { name: DENTAL, zone: ZONE, account: DANA }));
    clients.push(await connected(page, { name: RIVER, zone: ZONE, account: YOGA }));
    await until("the calendars to be known", async () => {
      const { data } = await call<{ data: { name: string; selected: boolean }[] }>(page, "GET", "/calendars?limit=500");
      return CALENDARS.every(([, name]) => data.some((one) => one.name === name && one.selected));
    });
  },
  async () => {
    simulator = await startSimulator();
    control = google(simulator);
    // Two accounts at Google's own pace would take two minutes.
    const quick = { CALENDAR_STACKER_GOOGLE_PER_MINUTE: "4000", CALENDAR_STACKER_GOOGLE_WRITES_PER_MINUTE: "3000" };
    return startService({ apart: true, env: { ...simulator.env, ...quick } });
  },
);

after(() => simulator?.stop());

const operationId = (page: Page) => new URL(page.url()).pathname.split("/").at(-1) ?? "";
const operation = (page: Page, id: string) => call<Operation>(page, "GET", `/operations/${id}`);
const state = (page: Page, label: string) => page.getByRole("main").getByText(label, { exact: true }).first();
const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).click();
const finished = (page: Page, id: string) =>
  until("the operation to end", async () => (await operation(page, id)).state === "done", 420);

async function upload(page: Page, name: string, mimeType: string, text: string): Promise<void> {
  await page.goto("/bulk");
  await page.locator("input[type=file]").setInputFiles({ name, mimeType, buffer: Buffer.from(text) });
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** What is at Google, by calendar. */
const written = async () => {
  const all = await Promise.all(CALENDARS.map(([, name]) => control.events(at[name] ?? "")));
  return all.flat().map((event) => event.summary ?? "");
};

let first = "";

test("A3: a file of 500 rows is looked at: what it is, what each column is for, which rows are bad and why", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto("/bulk");
  await page.getByText("Nothing was begun yet").waitFor();
  await assertAccessible(page, "bulk work, empty");

  // What cannot be read is said before it is sent.
  await page.locator("input[type=file]").setInputFiles({ name: "x.zip", mimeType: "", buffer: Buffer.from("PK") });
  await page.getByText("Unpack it, and drop the CSV, ICS or JSON file that is inside.").waitFor();

  await upload(page, "visits.csv", "text/csv", csv);
  const read = page.getByRole("region", { name: "How it is read" });
  await read.getByRole("combobox", { name: "Between cells" }).or(read.getByLabel("Between cells")).first().waitFor();
  assert.equal(await read.getByLabel("Between cells").first().inputValue(), "Semicolon ;");
  assert.equal(await page.getByLabel("What “Subject” is for").first().inputValue(), "Title");
  await screenshot(page, "bulk-import", true);
  await assertAccessible(page, "a file that was sent");

  // A column that is not read, and read again.
  await choose(page, "What “Subject” is for", "Not read");
  await page.getByText("No column says what it is called.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Dry run" }).isDisabled());
  await choose(page, "What “Subject” is for", "Title");
  await page.getByText("No column says what it is called.").waitFor({ state: "detached" });

  await press(page, "Dry run");
  await page.waitForURL(/\/bulk\/op_/);
  first = operationId(page);
  await state(page, "Waits for your yes").waitFor({ timeout: 60_000 });
  const { counts } = (await operation(page, first)).summary ?? { counts: {} };
  assert.deepEqual([counts.create, counts.bad], [GOOD, BAD]);
  await page.getByText(`${ROWS} lines: ${GOOD} new, ${BAD} cannot be done.`).waitFor();
  const calendars = page.getByRole("region", { name: "By calendar" });
  for (const [, name] of CALENDARS) await calendars.getByRole("cell", { name: new RegExp(`^${name}`) }).waitFor();
  await page.getByText(/^No mail goes out\. .* calls at the providers/).waitFor();
  assert.equal((await written()).length, 0, "nothing was written");
  await screenshot(page, "bulk-planned", false);
  await assertAccessible(page, "a plan");

  // Each bad row with its line, its column and what to do.
  await choose(page, "What happens", /^Cannot be done/);
  const lines = page.getByRole("table", { name: "Lines" });
  await page.waitForURL(/outcome=bad/);
  await lines.getByText(/Line 64, column 4 “Start”: “someday”/).waitFor();
  await until("only the bad rows", async () => (await lines.getByRole("row").count()) === BAD + 1);
  await lines.getByRole("button").first().click();
  const drawer = page.getByRole("dialog", { name: "Line 64" });
  await drawer.getByText("What is wrong with it").waitFor();
  await assertAccessible(page, "a bad row");
  await screenshot(page, "bulk-bad-row", false);
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });

  // Back goes to the file: read otherwise, it is planned once more without being sent again.
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "visits.csv" }).waitFor();
  await page.getByText("Planned already").waitFor();
  await assertAccessible(page, "a file that was planned");
  await screenshot(page, "bulk-import-again");
  await choose(page, "What “Subject” is for", "Place");
  await page.getByText("No column says what it is called.").waitFor();
  await choose(page, "What “Subject” is for", "Title");
  await page.getByText("No column says what it is called.").waitFor({ state: "detached" });
  await press(page, "Dry run");
  await page.waitForURL(new RegExp(`/bulk/op_(?!${first.slice("op_".length)})`));
  const again = operationId(page);
  await state(page, "Waits for your yes").waitFor({ timeout: 60_000 });
  assert.equal((await operation(page, again)).summary?.counts.create, GOOD);
  await press(page, "Give up…");
  await page.getByRole("dialog").getByRole("button", { name: "Give it up" }).click();
  await state(page, "Cancelled").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("A3: applied with progress; the service dies on the way and goes on without a duplicate; what failed is tried again", async () => {
  const { context, page } = await on.enter();
  await page.goto(`/bulk/${first}`);
  await state(page, "Waits for your yes").waitFor();
  await press(page, "Apply");
  await page.getByRole("region", { name: "Progress" }).getByRole("progressbar").waitFor();
  await until("some of it to be written", async () => (await written()).length >= GOOD / 10, 90);
  await screenshot(page, "bulk-running", false);
  await assertAccessible(page, "an operation that runs");
  await on.service.crash();
  // The page finds its way back by itself. What the dead process held is believed to be its own for two minutes.
  await until("it to go on", async () => (await written()).length >= GOOD / 4, 180);
  await press(page, "Pause");
  await state(page, "Paused").waitFor();
  await control.fail("calendar.events.insert", 400);
  await press(page, "Resume");
  await until("some to fail", async () => (await operation(page, first)).failed >= 3, 180);
  await control.heal();
  await finished(page, first);
  const before = await operation(page, first);
  assert.equal(before.done + before.failed + before.skipped, ROWS);
  await page.reload();
  await choose(page, "How it went", "Failed");
  const lines = page.getByRole("table", { name: "Lines" });
  // Only those that are seen are drawn.
  const shown = Math.min(before.failed, 8);
  await until("those that failed", async () => (await lines.getByRole("row").count()) > shown);
  await lines.getByText("Failed", { exact: true }).first().waitFor();
  await screenshot(page, "bulk-failed", false);
  await assertAccessible(page, "an operation with failures");

  const report = await page.request.get(`/api/v1/operations/${first}/report?format=csv`);
  assert.equal((await report.text()).trim().split("\r\n").length, ROWS + 1);

  await press(page, `Retry the ${before.failed} that failed`);
  await until("nothing to have failed", async () => {
    const now = await operation(page, first);
    return now.state === "done" && now.failed === 0 && now.done === GOOD;
  });
  await state(page, "Done").waitFor();
  const titles = await written();
  assert.equal(titles.length, GOOD, "each row once at Google");
  assert.equal(new Set(titles).size, GOOD, "no row twice");
  await screenshot(page, "bulk-done", false);
  await context.close();
});

test("A3: what is exported says what was put in; read in again it changes nothing", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto("/events?from=2027-03-01&to=2027-06-30&q=pump");
  await page.getByRole("table", { name: "Events" }).waitFor();
  await press(page, "Export");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: /^CSV/ }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const [head = "", ...body] = text.trim().split("\r\n");
  const names = head.split(",");
  const cells = (line: string) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, a, b]) => a?.replaceAll('""', '"') ?? b ?? "");
  const column = (name: string) => names.indexOf(name);
  const said = body.map((line) => {
    const found = cells(line);
    const start = (found[column("start")] ?? "").slice(0, 16).replace("T", " ");
    return `${found[column("client")]}|${found[column("calendar")]}|${found[column("title")]}|${start}`;
  });
  const put = rows.filter((_, n) => !isBad(n)).map((row) => Object.values(row).join("|"));
  assert.deepEqual(said.toSorted(), put.toSorted());

  await upload(page, "back.csv", "text/csv", text);
  await press(page, "Dry run");
  await page.waitForURL(/\/bulk\/op_/);
  await state(page, "Waits for your yes").waitFor({ timeout: 60_000 });
  await page.getByText(`${GOOD} lines: ${GOOD} says it already.`).waitFor();
  assert.equal(await page.getByRole("button", { name: "Apply", exact: true }).count(), 0, "there is nothing to apply");
  await press(page, "Give up…");
  await page.getByRole("dialog").getByRole("button", { name: "Give it up" }).click();
  await state(page, "Cancelled").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("A3: a selection of events is changed at once, seen before it happens", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto("/events?from=2027-03-01&to=2027-03-02&q=pump");
  await page.getByRole("table", { name: "Events" }).waitFor();
  await settled(page);
  await page.getByRole("checkbox", { name: "Select all that are loaded" }).check();
  const bar = page.getByRole("region", { name: "Selection" });
  await bar.getByText("16 selected").waitFor();
  await bar.getByRole("button", { name: "Change…" }).click();
  const dialog = page.getByRole("dialog", { name: "Change 16 events" });
  await dialog.getByRole("button", { name: "Look at the plan" }).click();
  await dialog.getByText("Fill in what is to change.").waitFor();
  await dialog.getByLabel("Before each title").fill("Moved: ");
  await dialog.getByLabel("By", { exact: true }).fill("1");
  await assertAccessible(page, "changing many events");
  await screenshot(page, "bulk-edit-dialog", false);
  await dialog.getByRole("button", { name: "Look at the plan" }).click();
  await page.waitForURL(/\/bulk\/op_/);
  await state(page, "Waits for your yes").waitFor();
  await page.getByRole("table", { name: "Lines" }).getByRole("button").first().click();
  const drawer = page.getByRole("dialog", { name: /^Line / });
  await drawer.getByRole("rowheader", { name: "Title" }).waitFor();
  await drawer
    .getByText(/^Moved: Visit/)
    .first()
    .waitFor();
  await screenshot(page, "bulk-diff", false);
  await assertAccessible(page, "before and after");
  await page.keyboard.press("Escape");
  await press(page, "Apply");
  await finished(page, operationId(page));
  assert.equal((await written()).filter((title) => title.startsWith("Moved: ")).length, 16);
  await press(page, "Undo…");
  await page.getByText("This takes back").waitFor();
  await state(page, "Waits for your yes").waitFor();
  await press(page, "Apply");
  await finished(page, operationId(page));
  assert.equal((await written()).filter((title) => title.startsWith("Moved: ")).length, 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a template is written, its errors shown where they stand, tried, and used for two clients", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto("/templates");
  await page.getByText("No template yet").waitFor();
  await page.getByRole("main").getByRole("link", { name: "New template" }).click();
  // What is not begun is not wrong.
  await page.getByText("Give it a title, then the events appear here.").waitFor();
  await settled(page);
  assert.equal(await page.getByText("needs a title").count(), 0);
  await page.getByLabel("Name of the template").fill("Pool check");
  const title = page.getByLabel("Title", { exact: true });
  await title.fill("Check at {{clint.name}}");
  await page.getByRole("button", { name: "Insert a variable into Place" }).click();
  await page.getByRole("menuitem", { name: /Name of the client/ }).click();
  assert.equal(await page.getByLabel("Place", { exact: true }).inputValue(), "{{client.name}}");
  const preview = page.getByRole("list", { name: "Events of the preview" });
  await preview
    .getByText(/clint\.name is not known/)
    .first()
    .waitFor();
  await title.fill("Check {{n}} at {{client.name");
  await page.getByRole("button", { name: "Go there" }).waitFor();
  await assertAccessible(page, "a template with an error");
  await screenshot(page, "template-error", false);
  await title.fill("Check {{n}} at {{client.name}}");
  await preview.getByText("Check 3 at Bright Dental").waitFor();
  await choose(page, "Add a client", RIVER);
  const special = page.getByRole("region", { name: `Different for ${RIVER}` });
  await special.getByRole("button", { name: "Another text for a field" }).click();
  await page.getByRole("menuitem", { name: "Title", exact: true }).click();
  await special.getByLabel("Title", { exact: true }).fill("Mats {{n}}");
  await screenshot(page, "template", true);
  await press(page, "Save");
  await page.waitForURL(/\/templates\/tpl_/);
  await press(page, "Use it…");
  const dialog = page.getByRole("dialog", { name: "Use “Pool check”" });
  await choose(page, "Calendars", "Visits north");
  await page.getByRole("option", { name: "Front desk" }).click();
  await page.keyboard.press("Escape");
  await dialog.getByLabel("Events in each").fill("2");
  await assertAccessible(page, "using a template");
  await dialog.getByRole("button", { name: "Dry run" }).click();
  await page.waitForURL(/\/bulk\/op_/);
  await state(page, "Waits for your yes").waitFor();
  await page.getByText("4 lines: 4 new.").waitFor();
  await page.getByRole("table", { name: "Lines" }).getByText("Mats 2").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("a template that was changed takes an earlier version up again, and is filled from a table", async () => {
  const { context, page, faults } = await on.enter();
  const fields = { title: "Delivery to {{row.street}}", start: "{{row.day}} 09:00", duration: "30 min" };
  const made = await call<{ id: string }>(page, "POST", "/templates", { name: "Delivery", fields });
  await page.goto(`/templates/${made.id}`);
  const title = page.getByLabel("Title", { exact: true });
  await title.fill("Pick-up");
  await press(page, "Save");
  await page.getByText("Delivery is saved.").waitFor();
  await press(page, "Versions");
  const versions = page.getByRole("dialog", { name: "Versions of “Delivery”" });
  await versions.getByText("Version 2, as it is now").waitFor();
  await versions.getByText(/· Title/).waitFor();
  await settled(page);
  await assertAccessible(page, "versions of a template");
  await screenshot(page, "template-versions", false);
  await page.setViewportSize({ width: 390, height: 800 });
  await screenshot(page, "template-versions-phone", false);
  await page.setViewportSize({ width: 1280, height: 800 });
  await versions.getByRole("button", { name: "Take up version 1" }).click();
  // It is in the form, and nothing is saved by that.
  assert.equal(await title.inputValue(), fields.title);
  await page.getByText("Version 2. Each time").waitFor();
  await press(page, "Save");
  await page.getByText("Version 3. Each time").waitFor();

  await press(page, "Use it…");
  const dialog = page.getByRole("dialog", { name: "Use “Delivery”" });
  await dialog.getByRole("button", { name: "Dry run" }).click();
  await dialog.getByText("Choose at least one calendar, or a table that names them").waitFor();
  // The field that is wrong has the focus, and shows its choices; beside it they close.
  await dialog.getByRole("heading", { name: "Use “Delivery”" }).click();
  const table =
    "street,day,client,calendar\nElm Street 4,2027-04-05,Bright Dental,Visits north\nOak Road 9,2027-04-06,Riverside Yoga,Front desk\nNowhere,someday,Riverside Yoga,Front desk\n";
  const file = { name: "deliveries.csv", mimeType: "text/csv", buffer: Buffer.from(table) };
  await page.locator("input[type=file]").setInputFiles(file);
  await dialog.getByText("deliveries.csv").waitFor();
  assert.equal(await dialog.getByText("Choose at least one calendar").count(), 0);
  assert.ok(await dialog.getByLabel("Events in each").isDisabled());
  await settled(page);
  await assertAccessible(page, "a template filled from a table");
  await screenshot(page, "template-table", false);
  await page.setViewportSize({ width: 390, height: 800 });
  await screenshot(page, "template-table-phone", false);
  await page.setViewportSize({ width: 1280, height: 800 });
  await dialog.getByRole("button", { name: "Dry run" }).click();
  await page.waitForURL(/\/bulk\/op_/);
  await state(page, "Waits for your yes").waitFor();
  await page.getByText("3 lines: 2 new, 1 cannot be done.").waitFor();
  const { version } = await call<{ version: number }>(page, "GET", `/templates/${made.id}`);
  assert.equal(version, 3, "using it is not saving it");
  const lines = page.getByRole("table", { name: "Lines" });
  await lines.getByText("Delivery to Elm Street 4").waitFor();
  await lines
    .getByText(/someday/)
    .first()
    .waitFor();
  await screenshot(page, "template-table-plan", false);
  await press(page, "Give up…");
  await page.getByRole("dialog").getByRole("button", { name: "Give it up" }).click();
  await state(page, "Cancelled").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("A3: all of it is taken back, when somebody types that it is meant", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto(`/bulk/${first}`);
  await press(page, "Undo…");
  await page.getByText("This takes back").waitFor();
  await state(page, "Waits for your yes").waitFor({ timeout: 60_000 });
  await page.getByText("Much would be deleted").waitFor();
  await screenshot(page, "bulk-guard", false);
  await press(page, "Apply");
  const question = page.getByRole("dialog", { name: `Delete ${GOOD} events?` });
  const yes = question.getByRole("button", { name: "Apply" });
  assert.ok(await yes.isDisabled());
  await question.getByRole("textbox").fill(`delete ${GOOD}`);
  await yes.click();
  const id = operationId(page);
  await finished(page, id);
  await until("the calendars to be empty", async () => (await written()).length === 0);
  await page.goto(`/bulk/${first}`);
  await page.getByRole("link", { name: "an undo of this" }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

for (const { look, options } of LOOKS) {
  test(`the pages of bulk work are clean in ${look}`, async () => {
    const { context, page, faults } = await on.enter(options);
    await upload(page, "more.csv", "text/csv", csv.split("\r\n").slice(0, 70).join("\r\n"));
    const file = new URL(page.url()).pathname;
    const pages: [name: string, path: string][] = [
      ["bulk", "/bulk"],
      ["bulk-file", file],
      ["bulk-operation", `/bulk/${first}`],
      ["templates", "/templates"],
      ["template-new", "/templates/new"],
    ];
    for (const [name, path] of pages) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
      await assertClean(page, name, look);
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
}
