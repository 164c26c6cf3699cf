// When an event takes place: always said with its zone, never guessed at a clock change, and of a series in words that hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { type Anchor, parseRecurrence, writeRecurrence } from "../src/lib/recurrence/rule.ts";
import { choose, connected, DANA, google } from "./journeys-support.ts";
import { assertAccessible, call, screenshot, settled, stage } from "./support.ts";

let client: string;

const on = stage(async (page) => {
  client = await connected(page, { name: "Bright Dental", zone: "Europe/Berlin", account: DANA });
});

test("somebody in New York sees on every page whose clock is shown", async () => {
  const { context, page, faults } = await on.enter({ zone: "America/New_York" });
  for (const [path, words] of [
    [`/?client=${client}`, "Times in Europe/Berlin"],
    [`/calendar?client=${client}`, "Times in Europe/Berlin (the client’s zone)"],
    [`/events?client=${client}`, "Times in Europe/Berlin"],
    [`/clients/${client}?client=${client}`, "Times in Europe/Berlin"],
  ] as const) {
    await page.goto(path);
    await page.getByText(words).first().waitFor();
  }
  await page.goto("/calendar?event=new&start=2027-03-02T09:00:00&end=2027-03-02T10:00:00&in=Europe/Berlin");
  const dialog = page.getByRole("dialog", { name: /New event/ });
  await dialog.getByText("You are in America/New York. On your clock this is 03:00 – 04:00.").waitFor();
  await assertAccessible(page, "editor in another zone");
  await screenshot(page, "when-zones", false);
  // In one's own zone there is nothing to say.
  await dialog
    .getByRole("combobox", { name: "Time zone" })
    .or(dialog.getByRole("textbox", { name: "Time zone" }))
    .fill("New York");
  await page.getByRole("option", { name: /America\/New.York/ }).click();
  await dialog.getByText("You are in").waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await context.close();
});

test("a time the clocks skip or repeat is refused at its field until it is said which one is meant", async () => {
  const { context, page, faults } = await on.enter();
  const dialog = page.getByRole("dialog", { name: /New event/ });
  const at = async (title: string) => (await google(on.service).events(DANA)).find((one) => one.summary === title);

  await page.goto("/calendar?event=new&start=2027-03-28T02:30:00&end=2027-03-28T04:00:00&in=Europe/Berlin");
  await dialog.getByLabel("Title").fill("Night shift");
  await dialog.getByText("02:30 does not exist on Sun, 28 Mar 2027").waitFor();
  await dialog.getByRole("button", { name: "Create event" }).click();
  await dialog.getByText("The clocks skip this time. Choose below which one you mean.").waitFor();
  assert.equal(await dialog.getByLabel("Start time").getAttribute("aria-invalid"), "true");
  assert.equal(await at("Night shift"), undefined);
  await assertAccessible(page, "refused time");
  await screenshot(page, "when-gap", false);
  await dialog.getByRole("button", { name: "03:30", exact: true }).click();
  await dialog.getByRole("button", { name: "Create event" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.match((await at("Night shift"))?.start.dateTime ?? "", /^2027-03-28T03:30:00\+02:00/);

  await page.goto("/calendar?event=new&start=2027-10-31T02:30:00&end=2027-10-31T04:00:00&in=Europe/Berlin");
  await dialog.getByLabel("Title").fill("Long night");
  await dialog.getByText("02:30 comes twice on Sun, 31 Oct 2027").waitFor();
  await dialog.getByRole("button", { name: "Create event" }).click();
  await dialog.getByText("This time comes twice. Choose below which one you mean.").waitFor();
  await dialog.getByRole("button", { name: /^the second/ }).click();
  await dialog.getByRole("button", { name: "Create event" }).click();
  await dialog.waitFor({ state: "detached" });
  const night = (await at("Long night"))?.start.dateTime ?? "";
  assert.equal(new Date(night).toISOString(), "2027-10-31T01:30:00.000Z", night);
  assert.deepEqual(faults, []);
  await context.close();
});

const berlin: Anchor = { wall: "2027-03-01T09:00:00", zone: "Europe/Berlin" };
const times = {
  start: { date_time: "2027-03-01T09:00:00", time_zone: "Europe/Berlin" },
  end: { date_time: "2027-03-01T10:00:00", time_zone: "Europe/Berlin" },
};
interface Shown {
  total: number | null;
  occurrences: { start: { date_time: string; utc: string } }[];
}
const preview = (page: Page, recurrence: string[], limit = 6) =>
  call<Shown>(page, "POST", "/recurrence/preview", { ...times, recurrence, limit });

test("a series is said in words, or as its rule, and its dates are the service’s", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto("/calendar?event=new&start=2027-03-01T09:00:00&end=2027-03-01T10:00:00&in=Europe/Berlin");
  const dialog = page.getByRole("dialog", { name: /New event/ });
  await dialog.getByLabel("Title").fill("Series");
  await choose(page, "Repeat", /Write the rule/);
  const field = dialog.getByRole("textbox", { name: "Rule" });
  for (const [words, ...lines] of [
    [
      "Every month on the last workday (Monday to Friday), 5 times",
      "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=5",
    ],
    ["Every month on the 31st, where there is one", "RRULE:FREQ=MONTHLY;BYMONTHDAY=31"],
    ["Every month on the first Monday and last Friday", "RRULE:FREQ=MONTHLY;BYDAY=1MO,-1FR"],
    [
      "Every 2 weeks on Monday and Wednesday, until Mon, 12 Apr 2027, except 1 date, plus 1 date",
      "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20270413T060000Z",
      "EXDATE;TZID=Europe/Berlin:20270315T090000",
      "RDATE;TZID=Europe/Berlin:20270319T090000",
    ],
    ["By the rule FREQ=HOURLY;INTERVAL=5;COUNT=4", "RRULE:FREQ=HOURLY;INTERVAL=5;COUNT=4"],
    ["By the rule FREQ=YEARLY;BYMONTHDAY=15;COUNT=4", "RRULE:FREQ=YEARLY;BYMONTHDAY=15;COUNT=4"],
  ] as const) {
    await field.fill(lines.join("\n"));
    await dialog.getByRole("status").getByText(words, { exact: true }).waitFor();
    const { total, occurrences } = await preview(page, [...lines]);
    const expected = occurrences.map(({ start }) => {
      const at = new Date(`${start.date_time}Z`);
      const part = (options: Intl.DateTimeFormatOptions) => at.toLocaleString("en-GB", { ...options, timeZone: "UTC" });
      const day = part({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
      return `${day}, ${part({ hour: "2-digit", minute: "2-digit" })}`;
    });
    await dialog
      .getByText(total === null ? "Endless. Next (Europe/Berlin):" : `${total} times. Next (Europe/Berlin):`)
      .waitFor();
    await page.waitForFunction(
      (wanted) =>
        [...document.querySelectorAll('[aria-label="Next dates"] li')].map((one) => one.textContent).join("|") ===
        wanted,
      expected.join("|"),
    );
  }
  // A second rule is refused where it was written.
  await field.fill("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY");
  await dialog.getByText("a series has one RRULE").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("what the builder read it writes back: the same dates come of it", async () => {
  const { context, page } = await on.enter();
  for (const rule of [
    "FREQ=DAILY;INTERVAL=3;COUNT=7",
    "FREQ=WEEKLY;BYDAY=SU,MO;INTERVAL=2;WKST=SU;COUNT=9",
    "FREQ=WEEKLY;UNTIL=20270412T060000Z",
    "FREQ=WEEKLY;UNTIL=20270412T070000Z",
    "FREQ=WEEKLY;UNTIL=20270412",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=6",
    "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1;COUNT=6",
    "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=6",
    "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=15;COUNT=6",
    "FREQ=YEARLY;BYMONTH=10;BYDAY=2TU;COUNT=6",
    "FREQ=YEARLY;BYMONTH=7;COUNT=6",
  ]) {
    const lines = [`RRULE:${rule}`];
    const read = parseRecurrence(lines, berlin);
    assert.equal(read.kind, "rule", rule);
    const [asRead, asWritten]: Shown[] = [
      await preview(page, lines, 20),
      await preview(page, writeRecurrence(read, berlin), 20),
    ];
    assert.deepEqual(asWritten, asRead, `${rule} became ${writeRecurrence(read, berlin)}`);
  }
  await context.close();
});

test("the rows of series say when they come", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto(`/events?client=${client}&q=stand-up&from=any`);
  await settled(page);
  await page.getByText("Every week on Monday to Friday").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});
