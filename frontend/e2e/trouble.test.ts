// What does not go by itself (journeys A5, B5, B6, R4, R8): refused for good, no answer for a while, deleted there and
// changed here. People see it where they are, and what they decide is done, once.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { Page } from "playwright-core";
import { connected, DANA, google, inGrid, primary, rename, YOGA } from "./journeys-support.ts";
import { assertAccessible, assertNoSideScroll, call, PHONE, screenshot, settled, stage, until } from "./support.ts";

let client: string;
/** The account's own calendar, and one that somebody else lets it write into. */
let own: string;
let shared: string;
let sharedThere: string;

const on = stage(async (page) => {
  const control = google(on.service);
  sharedThere = await control.addCalendar(YOGA, "Front desk", "Europe/Berlin");
  await control.share(sharedThere, DANA, "writer");
  client = await connected(page, { name: "Bright Dental", zone: "Europe/Berlin", account: DANA });
  own = await primary(page, client);
  const calendars = await call<{ data: { id: string; name: string }[] }>(page, "GET", `/calendars?client_id=${client}`);
  shared = calendars.data.find((one) => one.name === "Front desk")?.id ?? "";
  await call(page, "PATCH", `/calendars/${shared}`, { selected: true });
  await call(page, "POST", `/calendars/${shared}/sync`);
});

afterEach(async () => {
  await google(on.service).heal();
  await google(on.service).share(sharedThere, DANA, "writer");
});

const week = () => `/calendar?view=week&date=2027-03-08&client=${client}`;
const named = async (title: string, calendar = DANA) =>
  (await google(on.service).events(calendar)).filter((one) => one.summary === title);
const event = (page: Page, calendar: string, title: string, day: string) =>
  call<{ id: string }>(page, "POST", `/calendars/${calendar}/events`, {
    title,
    start: { date_time: `${day}T13:00:00`, time_zone: "Europe/Berlin" },
    end: { date_time: `${day}T14:00:00`, time_zone: "Europe/Berlin" },
  });

/** A change that is on its way when the right to write is taken away: the provider refuses it for good. */
async function refused(page: Page, from: string, to: string): Promise<void> {
  const control = google(on.service);
  await control.fail("calendar.events.patch", 503);
  await rename(page, week(), from, to);
  await inGrid(page, `${to}.*not at the provider yet`).waitFor();
  await control.share(sharedThere, DANA, "reader");
  await control.heal();
  await page.goto(`/sync?client=${client}`);
  // Not when its turn comes, but now.
  const retry = page.getByRole("button", { name: `Retry: ${to}` });
  const failed = page.getByRole("list", { name: "Failed changes" }).getByText(to);
  await retry.or(failed).first().waitFor();
  if (!(await failed.isVisible())) await retry.click();
  await failed.waitFor();
}

test("a change that the provider refuses for good says why wherever it is seen, and goes through when it may", async () => {
  const { context, page, faults } = await on.enter();
  await event(page, shared, "Delivery", "2027-03-09");
  await refused(page, "Delivery", "Delivery at noon");
  const entry = page.getByRole("list", { name: "Failed changes" }).getByRole("listitem");
  await entry.getByText("Failed", { exact: true }).waitFor();
  await entry.getByText(/may not|not allowed|read only|only be read|permission|right/i).waitFor();
  await page.getByRole("tab", { name: "Queue (1)" }).waitFor();
  await settled(page);
  await assertAccessible(page, "sync with a failed change");
  await screenshot(page, "sync-failed");

  // On the dashboard, with the number and the way there, by keyboard.
  await page.goto(`/?client=${client}`);
  const attention = page.getByRole("region", { name: "Needs your attention" });
  await attention.getByText("1 change could not be carried out").waitFor();
  await settled(page);
  await assertAccessible(page, "dashboard with a failed change");
  await screenshot(page, "dashboard-attention");
  await attention.getByRole("link", { name: "Retry or discard: 1 change could not be carried out" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Sync", level: 1 }).waitFor();

  // On the event.
  await page.goto(week());
  await inGrid(page, "Delivery at noon.*could not be saved").click();
  const alert = page.getByRole("alert").filter({ hasText: "Not at the provider" });
  await alert.getByRole("button", { name: "Discard" }).waitFor();
  await settled(page);
  await assertAccessible(page, "failed event");
  await screenshot(page, "event-failed", false);

  // Tried again too soon, it says that nothing has changed.
  await alert.getByRole("button", { name: "Retry" }).click();
  await page.getByText("“Delivery at noon” could not be carried out again.").waitFor();
  assert.equal((await named("Delivery", sharedThere)).length, 1);
  await google(on.service).share(sharedThere, DANA, "writer");
  await alert.getByRole("button", { name: "Retry" }).click();
  await page.getByText("“Delivery at noon” is at the provider.").waitFor();
  await alert.waitFor({ state: "detached" });
  assert.deepEqual(
    [(await named("Delivery", sharedThere)).length, (await named("Delivery at noon", sharedThere)).length],
    [0, 1],
  );
  await page.goto(`/?client=${client}`);
  await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  await settled(page);
  assert.equal(await attention.count(), 0, "nothing is left, so nothing is said");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a refused change that is discarded becomes what the provider holds, on a phone and in the dark too", async () => {
  const { context, page, faults } = await on.enter();
  await event(page, shared, "Inventory", "2027-03-10");
  await refused(page, "Inventory", "Inventory, all hands");
  for (const [look, options] of [
    ["dark", { scheme: "dark" }],
    ["phone", { viewport: PHONE }],
  ] as const) {
    const other = await on.enter(options);
    for (const [name, path] of [
      ["dashboard", `/?client=${client}`],
      ["sync", `/sync?client=${client}`],
    ]) {
      await other.page.goto(path ?? "");
      await other.page
        .getByText(/could not be carried out/i)
        .first()
        .waitFor();
      await settled(other.page);
      await assertAccessible(other.page, `${name} with a failed change (${look})`);
      await assertNoSideScroll(other.page, `${name} (${look})`);
      await screenshot(other.page, `${name}-failed-${look}`);
    }
    assert.deepEqual(other.faults, []);
    await other.context.close();
  }
  await page.getByRole("button", { name: "Discard: Inventory, all hands" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await page.getByText("The change of “Inventory, all hands” was discarded.").waitFor();
  await page.getByText("Nothing failed.").waitFor();
  await page.goto(week());
  await page.getByRole("button", { name: /^Inventory, Wed/ }).waitFor();
  assert.equal((await named("Inventory", sharedThere)).length, 1);
  assert.deepEqual(faults, []);
  await context.close();
});

test("R8, B5: what the owner makes, moves and deletes in Google is on the screen without being asked for", async () => {
  const { context, page, faults } = await on.enter();
  const control = google(on.service);
  await page.goto(week());
  await settled(page);
  await until(
    "Google to tell of changes by itself",
    async () => (await call<{ pushed: boolean }>(page, "GET", `/calendars/${own}/health`)).pushed,
    90,
  );
  const made = await control.add(DANA, {
    summary: "Made in Google",
    start: { dateTime: "2027-03-12T09:00:00", timeZone: "Europe/Berlin" },
    end: { dateTime: "2027-03-12T10:00:00", timeZone: "Europe/Berlin" },
  });
  await page.getByRole("button", { name: /^Made in Google, Fri, 12 Mar 2027, 09:00 to 10:00/ }).waitFor();
  await control.edit(DANA, made.id, {
    start: { dateTime: "2027-03-13T11:00:00", timeZone: "Europe/Berlin" },
    end: { dateTime: "2027-03-13T12:00:00", timeZone: "Europe/Berlin" },
  });
  await page.getByRole("button", { name: /^Made in Google, Sat, 13 Mar 2027, 11:00 to 12:00/ }).waitFor();
  await control.remove(DANA, made.id);
  await inGrid(page, "Made in Google").waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await context.close();
});

test("R4, B6: while the provider does not answer people work on; when it does, all of it is there, once, by itself", async () => {
  const { context, page, faults } = await on.enter();
  const control = google(on.service);
  await event(page, own, "Check-up", "2027-03-11");
  await control.fail("calendar.events.*", 503);
  await rename(page, week(), "Check-up", "Check-up, long");
  await inGrid(page, "Check-up, long.*not at the provider yet").waitFor();
  await page.getByRole("button", { name: "New event" }).click();
  await page.getByLabel("Title").fill("Made in the outage");
  await page.getByRole("button", { name: "Create event" }).click();
  await inGrid(page, "Made in the outage.*not at the provider yet").waitFor();
  await inGrid(page, "Check-up, long").click();
  await page.getByRole("alert").getByText("On its way to the provider").waitFor();
  await page.keyboard.press("Escape");
  assert.equal((await named("Check-up")).length, 1);
  await control.heal();
  // Nobody presses anything.
  await until(
    "both to have arrived",
    async () => (await named("Check-up, long")).length === 1 && (await named("Made in the outage")).length === 1,
    150,
  );
  await until("the page to say so", async () => (await inGrid(page, "not at the provider yet").count()) === 0);
  assert.equal((await named("Check-up")).length, 0);
  assert.deepEqual(faults, []);
  await context.close();
});

/** Changed here while it could not be said there, and there too. */
async function meanwhile(
  page: Page,
  title: string,
  day: string,
  there: (id: string) => Promise<unknown>,
): Promise<void> {
  const control = google(on.service);
  await event(page, own, title, day);
  await control.fail("calendar.events.patch", 503);
  await rename(page, week(), title, `${title}: mine`);
  await inGrid(page, `${title}: mine.*not at the provider yet`).waitFor();
  const [before] = await named(title);
  await there(before?.id ?? "");
  await control.heal();
  await call(page, "POST", `/calendars/${own}/sync`);
}

test("A5: what was decided about a conflict is taken back, and decided anew", async () => {
  const { context, page, faults } = await on.enter();
  await meanwhile(page, "Brunch", "2027-03-13", (id) =>
    google(on.service).edit(DANA, id, { summary: "Brunch: theirs" }),
  );
  await page.goto(`/?client=${client}`);
  await page.getByText("1 event was changed on both sides").waitFor();
  await page.getByRole("link", { name: /^Decide: 1 event/ }).click();
  await page.getByRole("button", { name: "Decide: Brunch" }).click();
  await page.getByRole("button", { name: "Keep mine" }).click();
  await page.getByText("Your version counts.").waitFor();
  await until("mine to be there", async () => (await named("Brunch: mine")).length === 1);

  await page.getByRole("button", { name: "Take theirs instead" }).click();
  await page.getByText("Their version counts.").waitFor();
  await until("theirs to be there again", async () => (await named("Brunch: theirs")).length === 1);
  assert.equal((await named("Brunch: mine")).length, 0);

  await page.getByText("Decided", { exact: true }).click();
  await page.getByText(/^What the provider said was kept/).waitFor();
  await settled(page);
  await screenshot(page, "sync-decided");
  await page.getByRole("button", { name: "Decide anew: Brunch" }).click();
  await page.getByRole("button", { name: "Keep mine" }).click();
  await until("mine to be there once more", async () => (await named("Brunch: mine")).length === 1);
  assert.equal((await named("Brunch: theirs")).length, 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("B5: deleted in Google and changed here, somebody is asked, and what is kept is made anew, once", async () => {
  const { context, page, faults } = await on.enter();
  await meanwhile(page, "Fitting", "2027-03-14", (id) => google(on.service).remove(DANA, id));
  await page.goto(`/sync?tab=conflicts&client=${client}`);
  await page.getByText("Deleted at the provider, changed here").waitFor();
  await page.getByRole("button", { name: "Decide: Fitting" }).click();
  const dialog = page.getByRole("dialog", { name: "Changed on both sides" });
  await dialog.getByText("was deleted at the provider while it was changed here").waitFor();
  await assertAccessible(page, "deleted there, changed here");
  await screenshot(page, "sync-conflict-deleted", false);
  await dialog.getByRole("button", { name: "Keep mine" }).click();
  await page.getByText("No conflict").waitFor();
  await until("it to be there", async () => (await named("Fitting: mine")).length === 1);
  assert.deepEqual(faults, []);
  await context.close();
});
