// The journeys A2, B5 and B6 (docs: product) with calendars on real CalDAV servers, in a real browser: what works with
// Google and Outlook works the same.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { at, type Booking, dayAhead, member } from "./bookings-support.ts";
import {
  CALDAV,
  type CaldavServer,
  type Collection,
  calendarOf,
  collection,
  startCaldav,
  startGate,
  withCaldav,
} from "./caldav-support.ts";
import { choose, inGrid } from "./journeys-support.ts";
import { assertAccessible, call, screenshot, settled, stage, startService, until } from "./support.ts";

const on = stage(undefined, () => startService({ env: { CALENDAR_STACKER_ALLOW_ADDRESSES: "127.0.0.1" } }));

const week = (client: string, day: string) => `/calendar?view=week&date=${day}&client=${client}`;
/** The file at the server in which all of it stands; undefined: none. */
const fileWith = async (own: Collection, ...parts: (string | RegExp)[]) =>
  (await own.files()).find(({ text }) =>
    parts.every((part) => (typeof part === "string" ? text.includes(part) : part.test(text))),
  );

for (const server of Object.keys(CALDAV) as CaldavServer[]) {
  describe(CALDAV[server], () => {
    let url: string;
    let stop: () => void;
    before(async () => {
      ({ url, stop } = await startCaldav(server));
    });
    after(() => stop?.());

    test(`A2: a series with guests is made, answered, changed, cut and deleted, and ${CALDAV[server]} has the same`, async () => {
      const { context, page, faults } = await on.enter({ zone: "America/New_York" });
      const { client, calendar, there } = await withCaldav(page, `Fabrikam at ${CALDAV[server]}`, url);
      const own = collection(there);
      await page.goto(week(client, "2027-03-01"));
      await settled(page);
      await page.getByRole("button", { name: "New event" }).click();
      const dialog = page.getByRole("dialog", { name: /New event/ });
      await dialog.getByLabel("Title").fill("Recall calls");
      await dialog.getByLabel("Start time").fill("09:00");
      await dialog.getByLabel("End time").fill("09:45");
      await choose(page, "Repeat", "Custom…");
      await dialog.getByText("Wed", { exact: true }).click();
      await dialog.getByLabel("Last day").fill("2027-04-07");
      await dialog.getByText("12 times").waitFor();
      for (const guest of ["cara@example.com", "tom@example.org"]) {
        await dialog.getByRole("textbox", { name: "Guests" }).fill(guest);
        await dialog.getByRole("textbox", { name: "Guests" }).press("Enter");
      }
      await settled(page);
      await assertAccessible(page, `new event for ${server}`);
      await screenshot(page, `caldav-a2-editor-${server}`, false);
      await dialog.getByRole("button", { name: "Create event" }).click();
      await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027, 09:00 to 09:45/ }).waitFor();
      await page.getByRole("button", { name: /Recall calls, Wed, 3 Mar 2027/ }).waitFor();

      // The same at the server, in its words.
      const [made, ...others] = await own.files();
      assert.ok(made && others.length === 0, "one file");
      assert.match(made.text, /^DTSTART;TZID=\S*Europe\/Berlin:20270301T090000$/m);
      const rule = /^RRULE:(.*WEEKLY.*)$/m.exec(made.text)?.[1]?.split(";").sort();
      assert.deepEqual(rule, ["BYDAY=MO,WE", "FREQ=WEEKLY", "UNTIL=20270407T215959Z"]);
      assert.deepEqual(
        [...made.text.matchAll(/^ATTENDEE.*mailto:(\S+)$/gim)]
          .map(([, email]) => email)
          .filter((one) => !/^ann/.test(one ?? ""))
          .sort(),
        ["cara@example.com", "tom@example.org"],
      );

      // A guest declines; we show it.
      await own.put(
        made.path,
        made.text.replace(/^(ATTENDEE.*)PARTSTAT=NEEDS-ACTION(.*cara@example\.com)$/m, "$1PARTSTAT=DECLINED$2"),
      );
      await call(page, "POST", `/calendars/${calendar}/sync`);
      await page.reload();
      await settled(page);
      await page.getByRole("button", { name: /Recall calls, Wed, 3 Mar 2027/ }).click();
      const open = page.getByRole("dialog", { name: /^Event/ });
      await open.getByText("Declined").waitFor();

      // Only this date.
      await open.getByLabel("Title").fill("Recall calls (long)");
      await open.getByLabel("End time").fill("11:00");
      await open.getByRole("button", { name: "Save" }).click();
      const which = page.getByRole("dialog", { name: "Save which ones?" });
      await page.getByRole("radio", { name: "This one" }).check();
      await which.getByRole("button", { name: "Save" }).click();
      await page.getByRole("button", { name: /Recall calls \(long\), Wed, 3 Mar 2027, 09:00 to 11:00/ }).waitFor();
      await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027/ }).waitFor();
      await until("that date to stand apart in its file", async () =>
        Boolean(await fileWith(own, /^RECURRENCE-ID;TZID=\S*:20270303T090000$/m, "SUMMARY:Recall calls (long)")),
      );
      assert.equal((await own.files()).length, 1);

      // This and all later ones.
      await page.getByRole("button", { name: "Next week" }).click();
      await page.getByRole("button", { name: /Recall calls, Mon, 8 Mar 2027/ }).click();
      await open.getByLabel("Location").fill("Room 9");
      await open.getByRole("button", { name: "Save" }).click();
      await page.getByRole("radio", { name: "This and all later ones" }).check();
      await which.getByRole("button", { name: "Save" }).click();
      await page.getByRole("button", { name: /Recall calls, Mon, 8 Mar 2027.*Room 9/ }).waitFor();
      await until(
        "two halves at the server",
        async () =>
          (await own.files()).length === 2 &&
          Boolean(await fileWith(own, "UNTIL=20270407", "LOCATION:Room 9")) &&
          Boolean(await fileWith(own, /UNTIL=20270308T07/, "SUMMARY:Recall calls (long)")),
      );
      await page.getByRole("button", { name: "Previous week" }).click();
      await page.getByRole("button", { name: /Recall calls \(long\), Wed, 3 Mar 2027/ }).waitFor();
      await page.getByRole("button", { name: "Next week" }).click();

      // One date falls away, then the whole of the second half.
      const erase = async (which: string) => {
        await open.getByRole("button", { name: "Delete…" }).click();
        await page.getByRole("radio", { name: which }).check();
        await page
          .getByRole("dialog", { name: /^Delete/ })
          .getByRole("button", { name: "Delete", exact: true })
          .click();
        await open.waitFor({ state: "detached" });
      };
      await page.getByRole("button", { name: /Recall calls, Wed, 10 Mar 2027/ }).click();
      await erase("This one");
      await page.getByRole("button", { name: /Recall calls, Wed, 10 Mar 2027/ }).waitFor({ state: "detached" });
      await until("the date to be taken out", async () =>
        Boolean(await fileWith(own, "LOCATION:Room 9", /^EXDATE.*:20270310T/m)),
      );
      await page.getByRole("button", { name: /Recall calls, Mon, 8 Mar 2027/ }).click();
      await erase("The whole series");
      await until("the second half to be gone", async () => (await own.files()).length === 1);
      await until(
        "it to be gone from the week",
        async () => (await page.getByRole("button", { name: /Recall calls/ }).count()) === 0,
      );
      await page.getByRole("button", { name: "Previous week" }).click();
      await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027/ }).waitFor();
      assert.deepEqual(faults, []);
      await context.close();
    });

    test("B5: what Ann makes, moves and deletes on her telephone is on the screen, whole days and series too, also a year ahead", async () => {
      const { context, page, faults } = await on.enter();
      const { client, calendar, there } = await withCaldav(page, `Ann’s Barber Shop at ${CALDAV[server]}`, url);
      const own = collection(there);
      const read = () => call(page, "POST", `/calendars/${calendar}/sync`);
      const meeting = (day: string, hour: string) =>
        calendarOf([
          "UID:meeting",
          "SUMMARY:Made on the phone",
          `DTSTART;TZID=Europe/Berlin:${day}T${hour}0000`,
          `DTEND;TZID=Europe/Berlin:${day}T${hour}3000`,
        ]);
      const school = (more: string[] = [], ...changed: string[][]) =>
        calendarOf(
          [
            "UID:school",
            "SUMMARY:Barber school",
            "DTSTART;TZID=Europe/Berlin:20270308T080000",
            "DTEND;TZID=Europe/Berlin:20270308T090000",
            "RRULE:FREQ=WEEKLY;BYDAY=MO",
            ...more,
          ],
          ...changed,
        );
      await own.put("meeting.ics", meeting("20270312", "09"));
      await own.put(
        "fair.ics",
        calendarOf(["UID:fair", "SUMMARY:Trade fair", "DTSTART;VALUE=DATE:20270310", "DTEND;VALUE=DATE:20270312"]),
      );
      await own.put("school.ics", school());
      await page.goto(week(client, "2027-03-08"));
      await settled(page);
      await read();
      await page.getByRole("button", { name: /^Made on the phone, Fri, 12 Mar 2027, 09:00 to 09:30/ }).waitFor();
      await page.getByRole("button", { name: /^Barber school, Mon, 8 Mar 2027, 08:00 to 09:00/ }).waitFor();
      await inGrid(page, "Trade fair").waitFor();
      await settled(page);
      await screenshot(page, `caldav-b5-week-${server}`, false);

      // The open page follows: moved, a date that falls away, and one that is elsewhere a year ahead.
      await own.put("meeting.ics", meeting("20270313", "11"));
      await own.put(
        "school.ics",
        school(
          ["EXDATE;TZID=Europe/Berlin:20270308T080000"],
          [
            "UID:school",
            "SUMMARY:Barber school",
            "RECURRENCE-ID;TZID=Europe/Berlin:20280306T080000",
            "DTSTART;TZID=Europe/Berlin:20280308T130000",
            "DTEND;TZID=Europe/Berlin:20280308T140000",
          ],
        ),
      );
      await read();
      await page.getByRole("button", { name: /^Made on the phone, Sat, 13 Mar 2027, 11:00 to 11:30/ }).waitFor();
      await inGrid(page, "Barber school").waitFor({ state: "detached" });
      await own.remove("meeting.ics");
      await own.remove("fair.ics");
      await read();
      await inGrid(page, "Made on the phone").waitFor({ state: "detached" });
      await inGrid(page, "Trade fair").waitFor({ state: "detached" });
      await page.goto(week(client, "2028-03-06"));
      await page.getByRole("button", { name: /^Barber school, Wed, 8 Mar 2028, 13:00 to 14:00/ }).waitFor();
      await page.goto(week(client, "2028-03-13"));
      await page.getByRole("button", { name: /^Barber school, Mon, 13 Mar 2028, 08:00 to 09:00/ }).waitFor();
      await own.remove("school.ics");
      await read();
      await inGrid(page, "Barber school").waitFor({ state: "detached" });
      assert.deepEqual(faults, []);
      await context.close();
    });
  });
}

test("B6: the server goes away and comes back: what was booked, changed and made meanwhile is there, once, without a hand", async () => {
  const radicale = await startCaldav("radicale");
  const gate = await startGate(radicale.url);
  const { context, page, faults } = await on.enter();
  try {
    const { client, calendar, there } = await withCaldav(page, "Northside Physio", gate.url);
    // What happens at the server itself needs no way to it.
    const own = collection(new URL(new URL(there).pathname, radicale.url).href);
    const named = async (title: string) =>
      (await own.files()).filter(({ text }) => text.includes(`SUMMARY:${title}\n`)).length;
    const staff_ids = [await member(page, client, { name: "Ann", calendar })];
    const facts = { client_id: client, name: "Massage", duration_minutes: 30, notice_minutes: 0, staff_ids };
    const service = await call<{ id: string }>(page, "POST", "/services", facts);
    await call(page, "PATCH", `/clients/${client}/booking-policy`, { on_unknown: "accept_and_flag" });
    const day = dayAhead(2);
    const monday = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
    await call(page, "POST", `/calendars/${calendar}/events`, {
      title: "Check-up",
      start: { date_time: `${monday}T13:00:00`, time_zone: "Europe/Berlin" },
      end: { date_time: `${monday}T14:00:00`, time_zone: "Europe/Berlin" },
    });
    assert.equal(await named("Check-up"), 1);

    await gate.close();
    await page.goto(week(client, monday));
    await inGrid(page, "Check-up").click();
    await page.getByLabel("Title").fill("Long check-up");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await inGrid(page, "Long check-up.*not at the provider yet").waitFor();
    await page.getByRole("button", { name: "New event" }).click();
    await page.getByLabel("Title").fill("Made in the outage");
    await page.getByRole("button", { name: "Create event" }).click();
    await inGrid(page, "Made in the outage.*not at the provider yet").waitFor();
    const start = at(day, "10:00");
    const booked = await call<Booking>(page, "POST", "/bookings", { service_id: service.id, staff_ids, start });
    assert.equal(booked.status, "confirmed");
    await own.put(
      "phone.ics",
      calendarOf([
        "UID:phone",
        "SUMMARY:Made on the phone",
        `DTSTART;TZID=Europe/Berlin:${day.replaceAll("-", "")}T150000`,
        `DTEND;TZID=Europe/Berlin:${day.replaceAll("-", "")}T160000`,
      ]),
    );

    // The reason is to be read, and the booking says that it waits.
    await page.goto(`/sync?client=${client}`);
    const waiting = page.getByRole("list", { name: "Changes on the way" });
    for (const title of ["Long check-up", "Made in the outage", "Massage"])
      await waiting.getByText(title).first().waitFor();
    await settled(page);
    await assertAccessible(page, "changes that wait for a server");
    await screenshot(page, "caldav-b6-queue");
    // What the last try said: the server's silence, or that it is left alone since.
    await waiting
      .getByText(/Nothing answers at|did not answer/)
      .first()
      .waitFor();
    await page.goto(`/bookings?client=${client}&booking=${booked.id}`);
    await page.getByRole("dialog").getByText("On the way").first().waitFor();
    await screenshot(page, "caldav-b6-booking", false);

    await gate.open();
    // Nobody presses anything.
    await page.goto(week(client, monday));
    await until(
      "all of it to have arrived",
      async () =>
        (await own.files()).length === 4 &&
        (await named("Long check-up")) === 1 &&
        (await named("Made in the outage")) === 1,
      180,
    );
    await until("the page to say so", async () => (await inGrid(page, "not at the provider yet").count()) === 0);
    await inGrid(page, "Made on the phone").waitFor({ timeout: 180_000 });
    const now = async () => call<Booking>(page, "GET", `/bookings/${booked.id}`);
    await until(
      "the booking to be well",
      async () => !(await now()).flagged && (await now()).sync.state === "synced",
      90,
    );
    await page.goto(`/sync?client=${client}`);
    await page.getByText("Everything has arrived").waitFor();
    await page.goto(`/?client=${client}`);
    await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
    await settled(page);
    await until(
      "no alert to be left",
      async () =>
        (await page.getByRole("region", { name: "Needs your attention" }).count()) === 0 &&
        (await page.getByText("One account needs you").count()) === 0,
      90,
    );
    assert.equal((await own.files()).length, 4, "nothing twice");
    await screenshot(page, "caldav-b6-dashboard");
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
    await gate.close();
    radicale.stop();
  }
});
