// What happens elsewhere is on the screen by itself, in every tab, over one stream.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { connected, DANA, primary } from "./journeys-support.ts";
import { call, launch, settled, setUp, until, type VisitOptions, visit } from "./support.ts";
import { type Line, startBehindWeather } from "./weather.ts";

let line: Line;
let browser: Browser;
let owner: VisitOptions["as"];
let client: string;
let calendar: string;

before(async () => {
  line = await startBehindWeather();
  browser = await launch();
  owner = await setUp(line.service);
  const { context, page } = await visit(browser, line.service, { as: owner });
  client = await connected(page, { name: "Bright Dental", zone: "Europe/Berlin", account: DANA });
  calendar = await primary(page, client);
  await context.close();
});

after(async () => {
  await browser?.close();
  await line?.service.stop();
});

const week = () => `/calendar?view=week&date=2027-03-08&client=${client}`;
const make = (page: Page, title: string) =>
  call<{ id: string; etag: string }>(page, "POST", `/calendars/${calendar}/events`, {
    title,
    start: { date_time: "2027-03-09T13:00:00", time_zone: "Europe/Berlin" },
    end: { date_time: "2027-03-09T14:00:00", time_zone: "Europe/Berlin" },
  });
/** Sooner than any view asks by itself. */
const soon = (page: Page, title: string) =>
  page
    .getByRole("button", { name: new RegExp(title) })
    .first()
    .waitFor({ timeout: 10_000 });

test("an event made elsewhere appears in two tabs that share one stream", async () => {
  const { context, page, faults } = await visit(browser, line.service, { as: owner });
  let streams = 0;
  context.on("request", (request) => {
    if (request.resourceType() === "eventsource") streams++;
  });
  await page.goto(week());
  await until("the stream is open", async () => streams === 1);
  const second = await context.newPage();
  await second.goto(week());
  await settled(second);
  await settled(page);
  await make(page, "Made elsewhere");
  await Promise.all([soon(page, "Made elsewhere"), soon(second, "Made elsewhere")]);
  assert.equal(streams, 1);
  // The tab that listened goes; the other one takes over.
  await page.close();
  await until("the other tab listens", async () => streams === 2);
  await settled(second);
  await make(second, "Made after the first tab");
  await soon(second, "Made after the first tab");
  assert.deepEqual(faults, []);
  await context.close();
});

test("what happened while the line was down is on the screen when it is back", async () => {
  const { context, page } = await visit(browser, line.service, { as: owner });
  const listening = page.waitForResponse(/\/api\/v1\/stream/);
  await page.goto(week());
  await settled(page);
  await listening;
  const direct = await visit(browser, line.service, { as: owner });
  await direct.page.goto("/clients");
  line.becomes("down");
  await page.getByText("You are offline.").waitFor();
  line.becomes("fair");
  await make(direct.page, "Made meanwhile");
  await page.getByText("You are offline.").waitFor({ state: "detached" });
  await soon(page, "Made meanwhile");
  await direct.context.close();
  await context.close();
});

test("somebody who edits is not disturbed by what happens meanwhile", async () => {
  const { context, page } = await visit(browser, line.service, { as: owner });
  const listening = page.waitForResponse(/\/api\/v1\/stream/);
  await page.goto(week());
  await settled(page);
  await listening;
  const made = await make(page, "Edited by two");
  await soon(page, "Edited by two");
  await page
    .getByRole("button", { name: /Edited by two/ })
    .first()
    .click();
  await page.getByLabel("Location").fill("Room 5");
  const origin = new URL(page.url()).origin;
  const me = await (await page.request.get("/api/v1/auth/me")).json();
  const answer = await page.request.patch(`/api/v1/events/${made.id}`, {
    data: { title: "Renamed elsewhere" },
    headers: { "If-Match": made.etag, "X-CSRF-Token": me.csrf_token, Origin: origin },
  });
  assert.ok(answer.ok(), await answer.text());
  // It is in the calendar behind the form already, and the form is as it was.
  await page
    .locator("[data-event-id]", { hasText: "Renamed elsewhere" })
    .first()
    .waitFor({ state: "attached", timeout: 10_000 });
  assert.equal(await page.getByLabel("Location").inputValue(), "Room 5");
  await page.getByRole("button", { name: "Save" }).click();
  const dialog = page.getByRole("dialog", { name: "Changed by somebody else" });
  await dialog.getByText("Only they changed it.").waitFor();
  await dialog.getByRole("button", { name: "Save as chosen" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const now = await call<{ title: string; location: string }>(page, "GET", `/events/${made.id}`);
  assert.deepEqual([now.title, now.location], ["Renamed elsewhere", "Room 5"]);
  await context.close();
});

test("bulk work that somebody else says yes to moves on the screen by the stream alone", async () => {
  const { context, page, faults } = await visit(browser, line.service, { as: owner });
  // Views that ask by themselves while something runs do not here.
  await page.addInitScript(() => {
    const every = window.setInterval.bind(window);
    window.setInterval = ((does: () => void, ms?: number) => (ms && ms <= 5_000 ? 0 : every(does, ms))) as never;
  });
  const made = await Promise.all([1, 2, 3].map((n) => make(page, `Stock ${n}`)));
  const { id } = await call<{ id: string }>(page, "POST", "/operations", {
    selection: { event_ids: made.map((one) => one.id) },
    edit: { prefix: "Counted: " },
  });
  const listening = page.waitForResponse(/\/api\/v1\/stream/);
  await page.goto(`/bulk/${id}`);
  await listening;
  const main = page.getByRole("main");
  await main.getByText("Waits for your yes", { exact: true }).first().waitFor();
  await settled(page);
  const { summary } = await call<{ summary: { hash: string } }>(page, "GET", `/operations/${id}`);
  await call(page, "POST", `/operations/${id}/apply`, { hash: summary.hash });
  await main.getByText("Done", { exact: true }).first().waitFor({ timeout: 20_000 });
  await main.getByText("100 %", { exact: true }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});
