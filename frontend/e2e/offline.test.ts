// Journey A6: without the service people read on, change on, and find everything done once when it returns.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { connected, DANA, primary } from "./journeys-support.ts";
import {
  assertAccessible,
  call,
  launch,
  screenshot,
  settled,
  setUp,
  until,
  type VisitOptions,
  visit,
} from "./support.ts";
import { type Line, startBehindWeather } from "./weather.ts";

let line: Line;
let browser: Browser;
let owner: VisitOptions["as"];
let client: string;
let calendar: string;

before(async () => {
  line = await startBehindWeather();
  browser = await launch();
  owner = await setUp(browser, line.service);
  const { context, page } = await visit(browser, line.service, { as: owner });
  client = await connected(page, { name: "Bright Dental", zone: "Europe/Berlin", account: DANA });
  calendar = await primary(page, client);
  await context.close();
});

after(async () => {
  await browser?.close();
  await line?.service.stop();
});

/** The page, with the application itself kept for later. */
async function open(path: string) {
  const opened = await visit(browser, line.service, { as: owner });
  await opened.page.goto(path);
  await opened.page.evaluate(() => navigator.serviceWorker.ready);
  await settled(opened.page);
  return opened;
}

const event = (page: Page, title: string, day: string) =>
  call<{ id: string; etag: string }>(page, "POST", `/calendars/${calendar}/events`, {
    title,
    start: { date_time: `${day}T09:00:00`, time_zone: "Europe/Berlin" },
    end: { date_time: `${day}T10:00:00`, time_zone: "Europe/Berlin" },
  });

for (const [how, away, back] of [
  [
    "the network is gone",
    (page: Page) => page.context().setOffline(true),
    (page: Page) => page.context().setOffline(false),
  ],
  ["the service is down", async () => line.becomes("down"), async () => line.becomes("fair")],
  ["a proxy answers for it", async () => line.becomes("bad gateway"), async () => line.becomes("fair")],
] as const) {
  test(`when ${how}, what was read last is there after a reload, with its age`, async () => {
    const { context, page, faults } = await open(`/calendar?view=week&date=2027-03-01&client=${client}`);
    await event(page, `Visit when ${how}`, "2027-03-02");
    await page.reload();
    await page
      .getByRole("button", { name: new RegExp(`Visit when ${how}`) })
      .first()
      .waitFor();
    await settled(page);
    // Written down a moment after it was read.
    await until("the week is kept", () => keeps(page, `Visit when ${how}`));
    await away(page);
    await page.reload();
    await page.getByText(/You are offline\. You see what was read/).waitFor();
    await page
      .getByRole("button", { name: new RegExp(`Visit when ${how}`) })
      .first()
      .waitFor();
    await assertAccessible(page, `calendar while ${how}`);
    await screenshot(page, `offline-calendar-${how.replaceAll(" ", "-")}`);
    // A day that is part of the week that was read, then another page.
    await page.goto(`/calendar?view=day&date=2027-03-02&client=${client}`);
    await page
      .getByRole("button", { name: new RegExp(`Visit when ${how}`) })
      .first()
      .waitFor();
    await page.getByRole("link", { name: "Clients", exact: true }).first().click();
    await page.getByRole("heading", { name: "Clients", level: 1 }).waitFor();
    await back(page);
    await page.getByText("You are offline.").waitFor({ state: "detached" });
    assert.deepEqual(faults, []);
    await context.close();
  });
}

/** Whether the browser's database holds an answer with the text. */
const keeps = (page: Page, text: string): Promise<boolean> =>
  page.evaluate(
    (wanted) =>
      new Promise<boolean>((resolve, reject) => {
        const opening = indexedDB.open("calendar-stacker");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const reading = opening.result.transaction("answers").objectStore("answers").getAll();
          reading.onsuccess = () => {
            opening.result.close();
            resolve(JSON.stringify(reading.result).includes(wanted));
          };
        };
      }),
    text,
  );

test("signing out leaves nothing behind, and no token was ever written down", async () => {
  const { context, page } = await open(`/calendar?view=week&date=2027-03-01&client=${client}`);
  await until("the session is kept", () => keeps(page, "dana@harbour.example"));
  const me = await (await page.request.get("/api/v1/auth/me")).json();
  assert.equal(await keeps(page, me.csrf_token), false);
  await page.getByRole("button", { name: /: account of / }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await until("the session is forgotten", async () => !(await keeps(page, "dana@harbour.example")));
  assert.equal(await keeps(page, "Visit"), false);
  await context.close();
});
