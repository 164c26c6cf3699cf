// The calendar under the hand: events are dragged, pulled longer and deleted by the dozen, and the provider has it so.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { connected, DANA, type GoogleEvent, google, primary, YOGA } from "./journeys-support.ts";
import { assertAccessible, call, screenshot, settled, stage, until } from "./support.ts";

let client: string;
let calendar: string;

/** High enough that a working day needs no scrolling. */
const TALL = { width: 1280, height: 1300 };

const on = stage(async (page) => {
  client = await connected(page, { name: "Bright Dental", zone: "Europe/Berlin", account: DANA });
  calendar = await primary(page, client);
});

const berlin = (at: string) => ({ date_time: at, time_zone: "Europe/Berlin" });
const make = (page: Page, event: object) => call<{ id: string }>(page, "POST", `/calendars/${calendar}/events`, event);
const atGoogle = async (title: string): Promise<GoogleEvent[]> =>
  (await google(on.service).events(DANA)).filter((event) => event.summary === title);
/** What stands on the clock of the calendar's zone, whatever offset Google writes it with. */
const clock = (at: GoogleEvent["start"]) => at.date ?? at.dateTime?.slice(0, 16);

const slot = (page: Page, day: string, time: string) =>
  page.getByRole("button", { name: new RegExp(`^Time slot ${day} ${time}`) });
const boxOf = async (one: Locator) => {
  const box = await one.boundingBox();
  assert.ok(box, "it is on the screen");
  return box;
};

/** Takes hold of an event `grip` pixels below its upper edge and lets go with that edge on the upper edge of `to`. */
async function drag(page: Page, event: Locator, to: Locator, grip = 10): Promise<void> {
  const from = await boxOf(event);
  const target = await boxOf(to);
  const hold = { x: from.x + from.width / 2, y: from.y + grip };
  await page.mouse.move(hold.x, hold.y);
  await page.mouse.down();
  await page.mouse.move(hold.x + 6, hold.y + 6, { steps: 3 });
  await page.mouse.move(target.x + target.width / 2, target.y + grip, { steps: 8 });
  await page.mouse.up();
}

const week = async (page: Page, day: string, more = "") => {
  await page.goto(`/calendar?client=${client}&view=week&date=${day}${more}`);
  await page.getByRole("button", { name: new RegExp(`^Time slot ${day} 07:00`) }).waitFor();
  await settled(page);
};

test("an event is dragged to another day and time, and Undo brings it back", async () => {
  const { context, page, faults } = await on.enter({ viewport: TALL });
  await make(page, {
    title: "Site visit",
    start: berlin("2027-03-02T09:00:00"),
    end: berlin("2027-03-02T10:30:00"),
  });
  await week(page, "2027-03-01");
  const event = page.getByRole("button", { name: /^Site visit/ });
  // Held in its middle: it keeps the place under the hand.
  await drag(page, event, slot(page, "2027-03-04", "11:00"), 50);
  await page.getByRole("button", { name: /^Site visit, Thu, 4 Mar 2027, 11:00 to 12:30/ }).waitFor();
  await page.getByText("“Site visit” was moved.").waitFor();
  const [there] = await atGoogle("Site visit");
  assert.deepEqual(
    [clock(there?.start ?? {}), clock(there?.end ?? {}), there?.start.timeZone],
    ["2027-03-04T11:00", "2027-03-04T12:30", "Europe/Berlin"],
  );
  assert.equal((await google(on.service).mails()).length, 0);

  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: /^Site visit, Tue, 2 Mar 2027, 09:00 to 10:30/ }).waitFor();
  await until("the provider to have it back", async () =>
    (await atGoogle("Site visit")).every((one) => clock(one.start) === "2027-03-02T09:00"),
  );
  assert.deepEqual(faults, []);
  await context.close();
});

test("a drag in another zone's week moves the event in its own zone", async () => {
  const { context, page, faults } = await on.enter({ viewport: TALL });
  await make(page, {
    title: "Transatlantic",
    start: berlin("2027-03-09T15:00:00"),
    end: berlin("2027-03-09T16:00:00"),
  });
  await week(page, "2027-03-08", "&zone=America/New_York");
  const event = page.getByRole("button", { name: /^Transatlantic, Tue, 9 Mar 2027, 09:00 to 10:00/ });
  await drag(page, event, slot(page, "2027-03-10", "08:30"));
  await page.getByRole("button", { name: /^Transatlantic, Wed, 10 Mar 2027, 08:30 to 09:30/ }).waitFor();
  await until("the provider to have it in Berlin’s time", async () =>
    (await atGoogle("Transatlantic")).every(
      (one) => clock(one.start) === "2027-03-10T14:30" && one.start.timeZone === "Europe/Berlin",
    ),
  );
  assert.deepEqual(faults, []);
  await context.close();
});

test("an event is pulled longer at its lower edge", async () => {
  const { context, page, faults } = await on.enter({ viewport: TALL });
  await make(page, { title: "Fitting", start: berlin("2027-03-16T09:00:00"), end: berlin("2027-03-16T10:00:00") });
  await week(page, "2027-03-15");
  const box = await boxOf(page.getByRole("button", { name: /^Fitting/ }));
  const until1145 = await boxOf(slot(page, "2027-03-16", "11:30"));
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, until1145.y + until1145.height / 2, { steps: 8 });
  await page.mouse.up();
  await page.getByRole("button", { name: /^Fitting, Tue, 16 Mar 2027, 09:00 to 11:45/ }).waitFor();
  await until("the provider to have the new end", async () =>
    (await atGoogle("Fitting")).every(
      (one) => clock(one.start) === "2027-03-16T09:00" && clock(one.end) === "2027-03-16T11:45",
    ),
  );
  // Pulling an edge does not open the editor.
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a date of a series asks which ones are meant; going away puts it back", async () => {
  const { context, page, faults } = await on.enter({ viewport: TALL });
  await make(page, {
    title: "Rounds",
    start: berlin("2027-04-05T10:00:00"),
    end: berlin("2027-04-05T10:30:00"),
    recurrence: ["RRULE:FREQ=DAILY;COUNT=3"],
  });
  await week(page, "2027-04-05");
  const tuesday = page.getByRole("button", { name: /^Rounds, Tue, 6 Apr 2027, 10:00/ });
  await drag(page, tuesday, slot(page, "2027-04-06", "08:00"));
  const question = page.getByRole("dialog", { name: "Move “Rounds”?" });
  await question.waitFor();
  await assertAccessible(page, "move question");
  await page.keyboard.press("Escape");
  await tuesday.waitFor();

  await drag(page, tuesday, slot(page, "2027-04-06", "08:00"));
  await question.getByRole("radio", { name: "This one" }).check();
  await question.getByRole("button", { name: "Move" }).click();
  await page.getByRole("button", { name: /^Rounds, Tue, 6 Apr 2027, 08:00 to 08:30/ }).waitFor();
  await page.getByRole("button", { name: /^Rounds, Mon, 5 Apr 2027, 10:00/ }).waitFor();
  await until("one date to be an exception at the provider", async () => {
    const all = await atGoogle("Rounds");
    const moved = all.filter((one) => one.recurringEventId);
    return all.length === 2 && moved.length === 1 && clock(moved[0]?.start ?? {}) === "2027-04-06T08:00";
  });
  assert.deepEqual(faults, []);
  await context.close();
});

test("whole days stay whole days when they are dragged", async () => {
  const { context, page, faults } = await on.enter({ viewport: TALL });
  await make(page, { title: "Trade fair", start: { date: "2027-04-12" }, end: { date: "2027-04-14" } });
  await week(page, "2027-04-12");
  const fair = page.getByRole("button", { name: /^Trade fair, Mon, 12 Apr 2027, all day/ });
  await drag(page, fair, page.getByRole("button", { name: "All day 2027-04-15" }), 5);
  await page.getByRole("button", { name: /^Trade fair, Thu, 15 Apr 2027, all day/ }).waitFor();
  await until("the provider to have the new days", async () =>
    (await atGoogle("Trade fair")).every((one) => one.start.date === "2027-04-15" && one.end.date === "2027-04-17"),
  );
  assert.deepEqual(faults, []);
  await context.close();
});

test("on the night the clocks change every event stands beside its hour", async () => {
  const { context, page, faults } = await on.enter({ viewport: TALL });
  for (const day of ["2027-03-28", "2027-10-31"]) {
    await make(page, { title: `Brunch ${day}`, start: berlin(`${day}T09:00:00`), end: berlin(`${day}T11:00:00`) });
    await week(page, day);
    const event = page.getByRole("button", { name: `Brunch ${day}` });
    const [box, nine, eleven] = [
      await boxOf(event),
      await boxOf(slot(page, day, "09:00")),
      await boxOf(slot(page, day, "11:00")),
    ];
    assert.ok(Math.abs(box.y - nine.y) < 3, `${day}: begins ${box.y - nine.y} px off nine o’clock`);
    assert.ok(
      Math.abs(box.y + box.height - eleven.y) < 3,
      `${day}: ends ${box.y + box.height - eleven.y} px off eleven`,
    );
    await drag(page, event, slot(page, day, "08:00"));
    await page.getByRole("button", { name: new RegExp(`^Brunch ${day}, Sun, .*, 08:00 to 10:00`) }).waitFor();
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("a date of a series, and the series with what was changed about it, are copied to another client's calendar", async () => {
  const { context, page, faults } = await on.enter();
  const yoga = await connected(page, { name: "Riverside Yoga", zone: "Europe/London", account: YOGA });
  const series = await make(page, {
    title: "Fire drill",
    start: berlin("2027-06-07T09:00:00"),
    end: berlin("2027-06-07T10:00:00"),
    recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"],
    attendees: [{ email: YOGA }],
  });
  const copies = async () =>
    (await google(on.service).events(YOGA)).filter(
      (event) => event.summary?.startsWith("Fire drill") && !event.attendees?.length,
    );
  const moved = `/events/${series.id}_20270614T070000Z`;
  const [drill] = await atGoogle("Fire drill");
  await google(on.service).edit(DANA, `${drill?.id}_20270614T070000Z`, { summary: "Fire drill, with smoke" });
  await call(page, "POST", `/calendars/${calendar}/sync`);
  const mails = (await google(on.service).mails()).length;

  await page.goto(`/events${moved.slice(7)}`);
  const open = page.getByRole("button", { name: "Copy…" });
  await open.click();
  const dialog = page.getByRole("dialog", { name: "Copy “Fire drill, with smoke”" });
  await dialog.getByRole("button", { name: "Copy", exact: true }).click();
  await dialog.getByText("Choose a calendar.").waitFor();
  await assertAccessible(page, "copy dialog");
  await dialog.getByRole("combobox", { name: "To which calendar?" }).fill("Riverside");
  await page.getByRole("group", { name: "Riverside Yoga" }).getByRole("option").first().click();
  await screenshot(page, "copy-dialog", false);
  await dialog.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText(/“Fire drill, with smoke” was copied to/).waitFor();
  assert.deepEqual(
    // Google says it in the calendar's zone: it is an hour earlier in London.
    (await copies()).map((one) => [one.summary, clock(one.start), one.recurrence]),
    [["Fire drill, with smoke", "2027-06-14T08:00", undefined]],
  );

  // The other way, by keyboard, and all of it.
  await open.press("Enter");
  await page.keyboard.type("Riverside");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await dialog.getByRole("radio", { name: "The whole series" }).check();
  await page.keyboard.press("Enter");
  await until("the series to be there", async () => (await copies()).length === 3);
  const there = await copies();
  assert.ok(there.some((one) => one.summary === "Fire drill" && one.recurrence?.[0] === "RRULE:FREQ=WEEKLY;COUNT=3"));
  assert.equal(there.filter((one) => one.summary === "Fire drill, with smoke").length, 2);
  assert.equal((await google(on.service).mails()).length, mails, "nobody is mailed");

  await page.goto(`/calendar?client=${yoga}&view=week&date=2027-06-21`);
  await page
    .getByRole("button", { name: /^Fire drill, Mon, 21 Jun 2027/ })
    .first()
    .waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("events are chosen by the dozen in the list and deleted together, by a plan that wants to be meant and can be undone", async () => {
  const { context, page, faults } = await on.enter();
  for (let n = 1; n <= 12; n += 1) {
    const day = `2027-05-${String(n).padStart(2, "0")}`;
    await make(page, {
      title: `Old campaign ${n}`,
      start: berlin(`${day}T09:00:00`),
      end: berlin(`${day}T09:30:00`),
      recurrence: n === 12 ? ["RRULE:FREQ=DAILY;COUNT=2"] : [],
    });
  }
  await page.goto(`/events?client=${client}&q=campaign`);
  await settled(page);
  await page.getByRole("checkbox", { name: "Select all that are loaded" }).check();
  await page.getByText("12 selected").waitFor();
  await page.getByRole("checkbox", { name: "Select Old campaign 3, Mon, 3 May 2027" }).uncheck();
  await page.getByText("11 selected").waitFor();
  await assertAccessible(page, "list with a selection");
  await screenshot(page, "list-selection", false);
  const erase = page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Delete…" });

  const campaign = async () =>
    (await google(on.service).events(DANA))
      .map((one) => one.summary ?? "")
      .filter((title) => /campaign/.test(title))
      .sort();
  // Going away deletes nothing and keeps the choice.
  await erase.click();
  const dialog = page.getByRole("dialog", { name: "Delete 11 events" });
  await dialog.getByText("1 of them is a series: all its dates go.").waitFor();
  await assertAccessible(page, "deleting many events");
  await screenshot(page, "list-delete", false);
  await page.keyboard.press("Escape");
  await page.getByText("11 selected").waitFor();
  assert.equal((await campaign()).length, 12);

  // Without the network there is no plan, and that is said.
  await erase.click();
  await context.setOffline(true);
  await dialog.getByText("Not without the network").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Look at the plan" }).isDisabled());
  await context.setOffline(false);
  await dialog.getByText("What is applied can be undone.").waitFor();
  await dialog.getByRole("button", { name: "Look at the plan" }).click();
  await page.waitForURL(/\/bulk\/op_/);
  await page.getByRole("heading", { name: "Delete 11 events", level: 1 }).waitFor();
  await page.getByText("11 lines: 11 deleted.").waitFor();
  assert.equal((await campaign()).length, 12);

  const apply = async () => {
    await page.getByRole("button", { name: "Apply", exact: true }).click();
    const question = page.getByRole("dialog", { name: "Delete 11 events?" });
    const done = page.getByRole("main").getByText("Done", { exact: true }).first();
    await question.or(done).first().waitFor();
    if (await question.isVisible()) {
      await question.getByRole("textbox").fill("delete 11");
      await question.getByRole("button", { name: "Apply" }).click();
    }
    await page.getByRole("button", { name: "Undo…" }).waitFor({ timeout: 60_000 });
  };
  await apply();
  await until("the others to be gone", async () => String(await campaign()) === "Old campaign 3");
  await page.getByRole("button", { name: "Undo…" }).click();
  await page.getByText("This takes back").waitFor();
  await apply();
  await until("all twelve to be back", async () => (await campaign()).length === 12);

  // A single one goes after a question, without a plan.
  await page.goto(`/events?client=${client}&q=campaign`);
  await settled(page);
  await page.getByRole("checkbox", { name: "Select Old campaign 3, Mon, 3 May 2027" }).check();
  await erase.click();
  const question = page.getByRole("dialog", { name: "Delete “Old campaign 3”?" });
  await question.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("“Old campaign 3” was deleted.").waitFor();
  await until("it to be gone", async () => !(await campaign()).includes("Old campaign 3"));
  assert.equal(await page.getByRole("region", { name: "Selection" }).count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});
