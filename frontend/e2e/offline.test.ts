// Journey A6: without the service people read on, change on, and find everything done once when it returns.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { connected, DANA, google, primary, YOGA } from "./journeys-support.ts";
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

/** The page, with the application itself kept for later. */
async function open(path: string) {
  const opened = await visit(browser, line.service, { as: owner, keeps: true });
  await opened.page.goto(path);
  await opened.page.evaluate(() => navigator.serviceWorker.ready);
  await settled(opened.page);
  return opened;
}

const event = (page: Page, title: string, day: string) =>
  call<{ id: string; etag: string }>(page, "POST", `/calendars/${calendar}/events`, {
    title,
    start: { date_time: `${day}T13:00:00`, time_zone: "Europe/Berlin" },
    end: { date_time: `${day}T14:00:00`, time_zone: "Europe/Berlin" },
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

const week = () => `/calendar?view=week&date=2027-03-08&client=${client}`;
const inGrid = (page: Page, title: string) => page.getByRole("button", { name: new RegExp(`^.*${title}`) }).first();
/** Events at the provider with this title. */
const atGoogle = async (title: string) =>
  (await google(line.service).events(DANA)).filter((one) => one.summary === title);

async function create(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: "New event" }).click();
  await page.getByLabel("Title").fill(title);
  await page.getByRole("button", { name: "Create event" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

test("A6: made, moved, changed and deleted without the network, after a reload all of it is done exactly once", async () => {
  const { context, page, faults } = await open(week());
  await event(page, "To be renamed", "2027-03-09");
  await event(page, "To be moved", "2027-03-10");
  await event(page, "To be deleted", "2027-03-11");
  await page.reload();
  await inGrid(page, "To be deleted").waitFor();
  await settled(page);
  await until("the week is kept", () => keeps(page, "To be deleted"));
  line.writes.splice(0);
  await context.setOffline(true);
  await page.getByText("You are offline.").waitFor();

  await create(page, "Made offline");
  await inGrid(page, "Made offline.*waits in this browser").waitFor();
  await inGrid(page, "To be renamed").click();
  await page.getByLabel("Title").fill("Renamed offline");
  await page.getByRole("button", { name: "Save" }).click();
  await inGrid(page, "Renamed offline.*waits in this browser").waitFor();
  await inGrid(page, "To be deleted").click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete event" }).click();
  await inGrid(page, "To be deleted").waitFor({ state: "detached" });
  const box = await inGrid(page, "To be moved").boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width / 2, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 20, box.y + 60, { steps: 4 });
  await page.mouse.move(box.x + box.width / 2 + box.width, box.y + 70, { steps: 4 });
  await page.mouse.up();
  await inGrid(page, "To be moved.*waits in this browser").waitFor();
  await page.getByText(/4 changes wait in this browser/).waitFor();
  await assertAccessible(page, "calendar with waiting changes");
  await screenshot(page, "offline-waiting-calendar");

  // Nothing is lost when the page is; what waits can be changed once more.
  await page.reload();
  await page.getByText(/4 changes wait in this browser/).waitFor();
  await inGrid(page, "Made offline.*waits in this browser").click();
  await page.getByLabel("Location").fill("Room 7");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Show" }).click();
  await page.getByRole("heading", { name: "Waiting changes", level: 1 }).waitFor();
  assert.equal(await page.getByRole("list", { name: "Waiting changes" }).getByRole("listitem").count(), 4);
  await assertAccessible(page, "waiting changes");
  await screenshot(page, "offline-waiting-page");
  assert.equal(line.writes.length, 0);

  await context.setOffline(false);
  await page.getByText("Nothing waits").waitFor();
  await page.getByText("You are offline.").waitFor({ state: "detached" });
  // What was not answered is sent again, by the queue or the browser itself; that it counts once is asked of Google below.
  const sent = line.writes.filter((one, index, all) => one !== all[index - 1]);
  assert.deepEqual(
    sent.map((one) => one.split(" ")[0]),
    ["POST", "PATCH", "DELETE", "PATCH"],
    "in the order they were made",
  );
  assert.deepEqual(
    (await atGoogle("Made offline")).map((one) => one.location),
    ["Room 7"],
  );
  assert.equal((await atGoogle("Renamed offline")).length, 1);
  assert.equal((await atGoogle("To be renamed")).length, 0);
  assert.equal((await atGoogle("To be deleted")).length, 0);
  assert.match((await atGoogle("To be moved"))[0]?.start.dateTime ?? "", /^2027-03-11T1/);
  await page.goto(week());
  await inGrid(page, "Made offline").waitFor();
  assert.equal(await inGrid(page, "waits in this browser").count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("an invitation is answered without the network, and the host knows when it is back", async () => {
  const control = google(line.service);
  const { id } = await control.add(YOGA, {
    summary: "Team lunch",
    attendees: [{ email: DANA }],
    start: { dateTime: "2027-03-12T13:00:00", timeZone: "Europe/Berlin" },
    end: { dateTime: "2027-03-12T14:00:00", timeZone: "Europe/Berlin" },
  });
  const { context, page, faults } = await open(week());
  await call(page, "POST", `/calendars/${calendar}/sync`);
  await page.reload();
  await inGrid(page, "Team lunch").click();
  await page.getByRole("button", { name: "No", exact: true }).waitFor();
  await settled(page);
  await context.setOffline(true);
  await page.getByText("You are offline.").waitFor();
  await page.getByRole("button", { name: "No", exact: true }).click();
  await inGrid(page, "Team lunch.*waits in this browser").waitFor();
  await page.getByRole("link", { name: "Show" }).click();
  await page.getByText("Answer “no”").waitFor();
  await assertAccessible(page, "a waiting answer");
  await screenshot(page, "offline-answer");
  await context.setOffline(false);
  await page.getByText("Nothing waits").waitFor();
  const answered = async () =>
    (await control.events(YOGA)).find((one) => one.id === id)?.attendees?.map((guest) => guest.responseStatus);
  await until("the host to know", async () => (await answered())?.join() === "declined");
  assert.deepEqual(faults, []);
  await context.close();
});

test("an answer that was lost does not make a second event", async () => {
  const { context, page } = await open(week());
  line.becomes("lossy");
  await create(page, "Lost answer");
  await inGrid(page, "Lost answer.*waits in this browser").waitFor();
  assert.equal((await atGoogle("Lost answer")).length, 1, "it did arrive");
  line.becomes("fair");
  await page
    .getByText(/waits in this browser/)
    .first()
    .waitFor({ state: "detached" });
  await inGrid(page, "Lost answer").waitFor();
  assert.equal((await atGoogle("Lost answer")).length, 1);
  assert.equal(await page.getByRole("button", { name: /Lost answer/ }).count(), 1);
  await context.close();
});

test("two tabs send what waits once", async () => {
  const { context, page } = await open(week());
  const second = await context.newPage();
  await second.goto(week());
  await settled(second);
  line.becomes("down");
  await create(page, "Of two tabs");
  await inGrid(second, "Of two tabs.*waits in this browser").waitFor();
  line.writes.splice(0);
  line.becomes("fair");
  await page
    .getByText(/waits in this browser/)
    .first()
    .waitFor({ state: "detached" });
  await second
    .getByText(/waits in this browser/)
    .first()
    .waitFor({ state: "detached" });
  assert.equal(line.writes.length, 1);
  assert.equal((await atGoogle("Of two tabs")).length, 1);
  await context.close();
});

test("what somebody else changed meanwhile is not overwritten unasked, and holds nothing else up", async () => {
  const { context, page } = await open(week());
  await event(page, "Contested", "2027-03-09");
  await page.reload();
  await inGrid(page, "Contested").click();
  await page.getByLabel("Title").waitFor();
  line.becomes("bad gateway");
  await page.getByLabel("Title").fill("Mine");
  await page.getByRole("button", { name: "Save" }).click();
  await inGrid(page, "Mine.*waits in this browser").waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await create(page, "Not held up");
  // Meanwhile somebody else renames it in their own calendar.
  const [there] = await atGoogle("Contested");
  await google(line.service).edit(DANA, there?.id ?? "", { summary: "Theirs" });
  line.becomes("fair");
  await page.getByText(/1 change could not be sent/).waitFor();
  await inGrid(page, "Not held up").waitFor();
  await until("the other one is at the provider", async () => (await atGoogle("Not held up")).length === 1);
  await page.getByRole("link", { name: "Decide" }).click();
  await page.getByText("The same was changed there meanwhile: title.").waitFor();
  await assertAccessible(page, "a change that needs somebody");
  await screenshot(page, "offline-conflict");
  assert.equal((await atGoogle("Theirs")).length, 1);
  await page.getByRole("button", { name: "Overwrite theirs: Mine" }).click();
  await page.getByText("Nothing waits").waitFor();
  assert.equal((await atGoogle("Mine")).length, 1);
  assert.equal((await atGoogle("Theirs")).length, 0);
  await context.close();
});

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
