// Journey A8: a client with ten thousand events. Finding, scrolling and paging through the weeks stay quick, because the page
// asks for what it shows and draws what is on the screen. The times are printed, for people to hold to the promise of two seconds.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { connected, google, YOGA } from "./journeys-support.ts";
import { call, settled, stage, until } from "./support.ts";

const MANY = 10_000;
const A_DAY = 20;
/** No promise but an alarm: what is drawn or asked for ten thousand times takes longer than this on any machine, busy or not. */
const ALARM_MS = 15_000;

let client: string;

/** Twenty a day from 4 January 2027 on, half past seven to half past five. */
const event = (n: number) => {
  const day = new Date(Date.UTC(2027, 0, 4 + Math.floor(n / A_DAY))).toISOString().slice(0, 10);
  const minute = 7 * 60 + 30 + (n % A_DAY) * 30;
  const at = (minutes: number) =>
    `${day}T${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}:00`;
  return {
    summary: n === 7_777 ? "Ms Featherstonehaugh, the needle" : `Visit ${n}: room ${n % 7}`,
    location: n % 5 === 0 ? "Upstairs" : undefined,
    start: { dateTime: at(minute), timeZone: "Europe/London" },
    end: { dateTime: at(minute + 30), timeZone: "Europe/London" },
  };
};

const on = stage(async (page) => {
  const control = google(on.service);
  const busy = await control.addCalendar(YOGA, "Front desk", "Europe/London");
  await control.fill(
    busy,
    Array.from({ length: MANY }, (_, n) => event(n)),
  );
  client = await connected(page, { name: "Riverside Yoga", zone: "Europe/London", account: YOGA });
  await until(
    "all of it to be mirrored",
    async () =>
      (await call<{ events: { mirrored: number } }>(page, "GET", `/dashboard?client_id=${client}`)).events.mirrored >=
      MANY,
    120,
  );
});

const frontDesk = async (page: Page) =>
  (await call<{ data: { id: string; name: string }[] }>(page, "GET", `/calendars?client_id=${client}`)).data.find(
    (one) => one.name === "Front desk",
  )?.id ?? "";

/** Runs it, prints how long it took, and is alarmed where it took far too long. */
async function timed(t: TestContext, what: string, run: () => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  await run();
  const ms = Math.round(performance.now() - begun);
  t.diagnostic(`${what}: ${ms} ms`);
  assert.ok(ms < ALARM_MS, `${what} took ${ms} ms`);
}

test("A8: one in ten thousand is found, and filters answer at once", async (t) => {
  const { context, page, faults } = await on.enter({ zone: "Europe/London" });
  const rows = page.getByRole("rowgroup").last().getByRole("button");
  await timed(t, "the list opens", async () => {
    await page.goto(`/events?client=${client}`);
    await page.getByRole("button", { name: /^Visit 0: room 0/ }).waitFor();
  });
  const search = page.getByRole("textbox", { name: "Search" });
  await timed(t, "the needle is found, from the first key to the row", async () => {
    await search.pressSequentially("featherstone");
    await page.getByRole("button", { name: /the needle/ }).waitFor();
    await until("nothing else to be shown", async () => (await rows.count()) === 1);
  });
  await timed(t, "the search is taken back", async () => {
    await search.fill("");
    await page.getByRole("button", { name: /^Visit 0: room 0/ }).waitFor();
  });
  await timed(t, "a day in the middle is shown", async () => {
    await page.getByLabel("From").fill("2027-10-04");
    await page.getByRole("button", { name: /^Visit 5460: / }).waitFor();
  });
  await timed(t, "a search that two thousand events match", async () => {
    await search.fill("upstairs");
    await page.getByRole("button", { name: /^Visit 5465: / }).waitFor();
    await until("only those to be shown", async () =>
      (await rows.allInnerTexts()).every((text) => text.includes("Upstairs")),
    );
  });
  assert.deepEqual(faults, []);
  await context.close();
});

test("A8: ten thousand rows are scrolled to the end, and only those on the screen are drawn", async (t) => {
  const { context, page, faults } = await on.enter({ zone: "Europe/London" });
  await page.goto(`/events?client=${client}&calendars=${await frontDesk(page)}`);
  await page.getByRole("button", { name: /^Visit 0: room 0/ }).waitFor();
  const drawn = () => page.locator("tbody tr").count();
  assert.ok((await drawn()) < 60, `${await drawn()} rows drawn at the start`);
  // A hand on the wheel: the longest time without a new picture is what would be felt.
  const frames = await page.evaluate(async () => {
    const all: number[] = [];
    let last = performance.now();
    for (let step = 0; step < 60; step += 1) {
      window.scrollBy(0, 120);
      await new Promise(requestAnimationFrame);
      all.push(performance.now() - last);
      last = performance.now();
    }
    return all.sort((a, b) => a - b).map(Math.round);
  });
  t.diagnostic(`scrolling: a frame takes ${frames[30]} ms in the middle, ${frames[59]} ms at worst`);
  const begun = performance.now();
  await until(
    "the last row to be reached",
    async () => {
      await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
      return (await page.getByRole("button", { name: /^Visit 9999: / }).count()) === 1;
    },
    60,
  );
  t.diagnostic(`the end of 10,000 rows is reached in ${Math.round(performance.now() - begun)} ms`);
  assert.ok((await drawn()) < 60, `${await drawn()} rows drawn at the end`);
  assert.equal(await page.getByRole("table").getAttribute("aria-rowcount"), String(MANY + 1));

  // And back: what scrolls by is drawn again.
  await timed(t, "back at the top", async () => {
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.getByRole("button", { name: /^Visit 0: room 0/ }).waitFor();
  });
  assert.ok((await drawn()) < 60);
  assert.deepEqual(faults, []);
  await context.close();
});

test("A8: the calendar of a client with ten thousand events pages through weeks and months", async (t) => {
  const { context, page, faults } = await on.enter({ zone: "Europe/London" });
  await timed(t, "a week of 140 events opens", async () => {
    await page.goto(`/calendar?client=${client}&view=week&date=2027-06-28`);
    await page.getByRole("button", { name: /^Visit 3500: room 0, Mon, 28 Jun 2027, 07:30 to 08:00/ }).waitFor();
  });
  await timed(t, "the next week", async () => {
    await page.getByRole("button", { name: "Next week" }).click();
    await page.getByRole("button", { name: /^Visit 3640: room 0, Mon, 5 Jul 2027/ }).waitFor();
  });
  await timed(t, "the month of 840 events", async () => {
    await page.getByText("Month", { exact: true }).click();
    await page.getByRole("button", { name: /^Visit 3640: room 0, Mon, 5 Jul 2027/ }).waitFor();
  });
  await timed(t, "the agenda of 560 events", async () => {
    await page.getByText("Agenda", { exact: true }).click();
    await page.getByRole("button", { name: /^Visit 3659: .*Mon, 5 Jul 2027/ }).waitFor();
  });
  await settled(page);
  assert.equal(await page.getByText("more events than can be drawn").count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});
