// The provider is away, refuses, or was changed meanwhile: people see it, and what they decide is done.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { Page } from "playwright-core";
import { choose, connected, DANA, google, inGrid, primary, rename } from "./journeys-support.ts";
import { assertAccessible, assertClean, call, LOOKS, screenshot, stage, until } from "./support.ts";

let client: string;
let calendar: string;

const on = stage(async (page) => {
  client = await connected(page, { name: "Bright Dental", zone: "Europe/Berlin", account: DANA });
  calendar = await primary(page, client);
});

afterEach(() => google(on.service).heal());

const week = () => `/calendar?view=week&date=2027-03-08&client=${client}`;
const atGoogle = async (title: string) =>
  (await google(on.service).events(DANA)).filter((one) => one.summary === title);
const event = (page: Page, title: string, day: string) =>
  call<{ id: string }>(page, "POST", `/calendars/${calendar}/events`, {
    title,
    start: { date_time: `${day}T13:00:00`, time_zone: "Europe/Berlin" },
    end: { date_time: `${day}T14:00:00`, time_zone: "Europe/Berlin" },
  });

test("while Google does not answer, a change is on its way and says so; then it is there, once", async () => {
  const { context, page, faults } = await on.enter();
  await google(on.service).fail("calendar.events.insert", 503);
  await page.goto(week());
  await page.getByRole("button", { name: "New event" }).click();
  await page.getByLabel("Title").fill("Patient");
  await page.getByRole("button", { name: "Create event" }).click();
  await inGrid(page, "Patient.*not at the provider yet").waitFor();
  await page.goto(`/events?client=${client}&from=any`);
  await page.getByText("not at the provider yet").first().waitFor();
  await inGrid(page, "Patient").click();
  await page.getByText("On its way to the provider").waitFor();
  await assertAccessible(page, "editor of a pending event");
  await page.goto(`/sync?client=${client}`);
  const waiting = page.getByRole("list", { name: "Changes on the way" });
  await waiting.getByText("Patient").waitFor();
  await google(on.service).heal();
  await page.getByRole("button", { name: "Retry: Patient" }).click();
  await page.getByText("Everything has arrived").waitFor();
  assert.equal((await atGoogle("Patient")).length, 1);
  await page.goto(week());
  await inGrid(page, "Patient").waitFor();
  assert.equal(await inGrid(page, "Patient.*not at the provider yet").count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

/** Both sides rename the event while they cannot speak to each other. */
async function disagree(page: Page, name: string, day: string): Promise<void> {
  await event(page, name, day);
  await google(on.service).fail("calendar.events.patch", 503);
  await rename(page, week(), name, `${name}: mine`);
  await inGrid(page, `${name}: mine.*not at the provider yet`).waitFor();
  const [there] = await atGoogle(name);
  await google(on.service).edit(DANA, there?.id ?? "", { summary: `${name}: theirs`, location: "Room 9" });
  await google(on.service).heal();
  await call(page, "POST", `/calendars/${calendar}/sync`);
}

test("both sides renamed an event: the sync page asks, and the mixture that was chosen is everywhere", async () => {
  const { context, page, faults } = await on.enter();
  await disagree(page, "Lunch", "2027-03-10");
  await page.goto(`/sync?tab=conflicts&client=${client}`);
  await page.getByText("Both changed: title").waitFor();
  await page.getByRole("button", { name: "Decide: Lunch" }).click();
  const dialog = page.getByRole("dialog", { name: "Changed by somebody else" });
  await dialog.getByText("Only they changed it.").waitFor();
  await dialog.getByRole("radio", { name: "Lunch: mine" }).check();
  await assertAccessible(page, "conflict");
  await screenshot(page, "sync-conflict", false);
  await dialog.getByRole("button", { name: "Save as chosen" }).click();
  await page.getByText("No conflict").waitFor();
  await until("the provider has the mixture", async () => (await atGoogle("Lunch: mine"))[0]?.location === "Room 9");
  await page.getByText("Decided", { exact: true }).click();
  await page.getByText(/^Merged/).waitFor();
  await assertAccessible(page, "decided conflicts");
  assert.deepEqual(faults, []);
  await context.close();
});

test("the editor of an event in conflict asks too, by keyboard alone", async () => {
  const { context, page } = await on.enter();
  await disagree(page, "Dinner", "2027-03-11");
  await page.goto(week());
  await inGrid(page, "Dinner.*changed on both sides").focus();
  await page.keyboard.press("Enter");
  const decide = page.getByRole("button", { name: "Decide" });
  await until("the conflict is read", () => decide.isEnabled());
  await decide.focus();
  await page.keyboard.press("Enter");
  const theirs = page.getByRole("button", { name: "Take theirs" });
  await theirs.focus();
  await page.keyboard.press("Enter");
  await page.getByText("Their version counts.").waitFor();
  await until("no conflict is left", async () => (await inGrid(page, "Dinner.*changed on both sides").count()) === 0);
  assert.equal((await atGoogle("Dinner: theirs")).length, 1);
  assert.equal((await atGoogle("Dinner: mine")).length, 0);
  await context.close();
});

test("who is right without asking is a setting of the client", async () => {
  const { context, page } = await on.enter();
  await page.goto(`/clients/${client}?tab=settings`);
  await choose(page, "When both sides changed the same", "What was said here");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("is saved.").waitFor();
  await disagree(page, "Supper", "2027-03-12");
  await until("ours is at the provider", async () => (await atGoogle("Supper: mine")).length === 1);
  await page.goto(`/sync?tab=conflicts&client=${client}`);
  await page.getByText("No conflict").waitFor();
  await context.close();
});

for (const { look, options } of LOOKS) {
  test(`the sync page is clean in ${look}`, async () => {
    const { context, page, faults } = await on.enter(options);
    for (const tab of ["queue", "conflicts", "log", "health"]) {
      await page.goto(`/sync?tab=${tab}&client=${client}`);
      await page.getByRole("heading", { name: "Sync", level: 1 }).waitFor();
      await assertClean(page, `sync-${tab}`, look);
      assert.deepEqual((await page.getByRole("alert").allInnerTexts()).filter(Boolean), [], "nothing failed");
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
}
