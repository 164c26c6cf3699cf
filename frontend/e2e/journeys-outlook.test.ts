// The journeys A1, A2, B1, B2, B5 and B6 (docs: product) with Outlook, in a real browser against the sandbox's Microsoft,
// and with a real CalDAV server: whatever works with Google works the same.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { Page } from "playwright-core";
import { ANN, calendarOf, collection, startCaldav } from "./caldav-support.ts";
import { beginGoogle, choose, consent, inGrid, YOGA } from "./journeys-support.ts";
import { accept, beginMicrosoft, calendarsOf, LEO, MIRA, outlook, withOutlook } from "./outlook-support.ts";
import {
  assertAccessible,
  assertNoSideScroll,
  call,
  PHONE,
  screenshot,
  settled,
  stage,
  startService,
  turn,
  until,
} from "./support.ts";

const NINA = "nina@northwind.example";
const ADA = "ada@northwind.example";
const SAM = "sam@fabrikam.example";
const KIM = "kim@fabrikam.example";

const on = stage(
  async () => {
    for (const [email, name] of [
      [SAM, "Sam"],
      [KIM, "Kim"],
    ] as const)
      await outlook(on.service).addAccount(email, name, "W. Europe Standard Time");
  },
  () => startService({ env: { CALENDAR_STACKER_ALLOW_ADDRESSES: "127.0.0.1" } }),
);

afterEach(() => outlook(on.service).heal());

const addClient = async (page: Page, name: string, email: string, more: object = {}) =>
  (await call<{ id: string }>(page, "POST", "/clients", { name, email, time_zone: "Europe/Berlin", ...more })).id;

/** The same page on a phone, by axe, and to be looked at. */
async function onPhone(path: string, name: string, wait: (page: Page) => Promise<unknown>): Promise<void> {
  const { context, page, faults } = await on.enter({ viewport: PHONE });
  await page.goto(path);
  await wait(page);
  await settled(page);
  await assertAccessible(page, `${name} (phone)`);
  await assertNoSideScroll(page, name);
  await screenshot(page, `outlook-${name}-phone`);
  assert.deepEqual(faults, []);
  await context.close();
}

test("A1: a client is onboarded with Outlook, and only the account it began with is let in again", async () => {
  const { context, page, faults } = await on.enter();
  // A Google account that the client names says nothing about Microsoft's.
  const client = await addClient(page, "Alder Consulting", "hello@alder.example", { google_account_email: YOGA });
  await page.goto(`/credentials/new?client=${client}`);
  await page.getByRole("radio", { name: /Microsoft 365/ }).click();
  await page.getByRole("button", { name: "Continue to Microsoft" }).waitFor();
  assert.equal(await page.getByText("will be accepted").count(), 0);
  // An app of one's own: what to do in Entra, step by step.
  await page.getByRole("radio", { name: "The client’s own app in Microsoft Entra" }).check();
  const guide = page.getByRole("region", { name: "How to make the app in Microsoft Entra" });
  await guide.getByText("Organisations may want an administrator").waitFor();
  await page.getByRole("button", { name: "Continue to Microsoft" }).click();
  await page.getByText("Paste the client id.").waitFor();
  await settled(page);
  await assertAccessible(page, "wizard for Entra");
  await screenshot(page, "outlook-a1-entra");
  await onPhone(`/credentials/new?client=${client}&provider=microsoft`, "a1-wizard", async (small) => {
    await small.getByRole("radio", { name: "The client’s own app in Microsoft Entra" }).check();
  });
  await page.getByRole("radio", { name: "The app of this installation" }).check();
  await page.getByRole("button", { name: "Continue to Microsoft" }).click();

  // Denied: nothing is stored, and the button is called what Microsoft calls it.
  await accept(page, MIRA, "Cancel");
  await page.getByText("Consent was not given").waitFor();
  await page.getByText("choose “Accept”").waitFor();
  await screenshot(page, "outlook-a1-denied");
  const stored = async () =>
    (await call<{ data: { status: string; account_email: string | null }[] }>(page, "GET", "/credentials")).data.map(
      ({ status, account_email }) => [status, account_email],
    );
  assert.deepEqual(await stored(), [["not_authorized", null]]);

  await page.getByRole("button", { name: "Connect again" }).click();
  await accept(page, MIRA);
  await page.getByText("Now choose which calendars take part").waitFor();
  await page.getByText("Valid", { exact: true }).first().waitFor();
  await page.getByRole("group", { name: "What Project Alder takes part in" }).waitFor();
  await settled(page);
  await assertAccessible(page, "connected to Outlook");
  await screenshot(page, "outlook-a1-connected");

  // Connected anew with somebody else's account: refused in clear words, and all stays as it was.
  await page.getByRole("button", { name: "Reconnect" }).click();
  await accept(page, LEO);
  await page.getByText("That was another account").waitFor();
  await page.getByText(`You signed in as ${LEO}, but this connection belongs to ${MIRA}`).waitFor();
  await screenshot(page, "outlook-a1-wrong-account");
  assert.deepEqual(await stored(), [["valid", MIRA]]);

  // A used answer opens nothing.
  const stale = await page.request.get("/api/v1/oauth/callback?code=used&state=used", { maxRedirects: 0 });
  assert.match(stale.headers().location ?? "", /result=error.*code=state_invalid/);

  // Where only administrators may consent, who comes back is told whom to ask; when one has approved, it goes on.
  const zone = "W. Europe Standard Time";
  await outlook(on.service).addAccount(NINA, "Nina", zone);
  await outlook(on.service).addAccount(ADA, "Ada", zone, true);
  await outlook(on.service).wantAdministrator("northwind.example");
  await beginMicrosoft(page, client);
  await accept(page, NINA);
  await page.getByText("Need admin approval").first().waitFor();
  await page.getByRole("link", { name: "Return to the application without granting consent" }).click();
  await page.getByText("An administrator has to approve the app").waitFor();
  await page.getByText("Ask an administrator to approve the app or to connect an account of theirs first").waitFor();
  await page
    .getByText(/AADSTS90094/)
    .first()
    .waitFor();
  await settled(page);
  await assertAccessible(page, "an administrator has to approve");
  await screenshot(page, "outlook-a1-administrator");
  const waits = new URL(page.url()).pathname;
  await onPhone(`${waits}?result=error&code=admin_consent_required`, "a1-administrator", (small) =>
    small.getByText("An administrator has to approve the app").waitFor(),
  );
  await withOutlook(page, "Northwind’s administrator", ADA);
  await page.getByRole("button", { name: "Connect again" }).click();
  await accept(page, NINA);
  await page.getByText("Now choose which calendars take part").waitFor();
  assert.deepEqual((await stored()).slice().sort(), [
    ["valid", ADA],
    ["valid", MIRA],
    ["valid", NINA],
  ]);

  await page.goto("/help?topic=connect-microsoft");
  await page.getByText("Need admin approval").first().waitFor();
  await settled(page);
  await assertAccessible(page, "help about Microsoft");
  await screenshot(page, "outlook-help");
  await onPhone("/help?topic=connect-microsoft", "help", (small) =>
    small.getByText("Need admin approval").first().waitFor(),
  );
  assert.deepEqual(faults, []);
  await context.close();
});

test("A2: a series with guests is made, answered, changed, cut and deleted, and Outlook has the same", async () => {
  const { context, page, faults } = await on.enter({ zone: "America/New_York" });
  const control = outlook(on.service);
  const { client, credential, calendar, there } = await withOutlook(page, "Fabrikam", SAM);
  await call(page, "POST", `/clients/${client}/calendars`, {
    credential_id: credential,
    name: "Second",
    time_zone: "Europe/Berlin",
  });
  const second = (await calendarsOf(page, client)).find((one) => one.name === "Second");
  assert.ok(second);
  await page.goto(`/calendar?view=week&date=2027-03-01&client=${client}`);
  await settled(page);
  await page.getByRole("button", { name: "New event" }).click();
  const dialog = page.getByRole("dialog", { name: /New event/ });
  await dialog.getByLabel("Title").fill("Recall calls");
  await dialog.getByLabel("Start time").fill("09:00");
  await dialog.getByLabel("End time").fill("09:45");
  await choose(page, "Repeat", "Custom…");
  await dialog.getByText("Wed", { exact: true }).click();
  await dialog.getByLabel("Last day").fill("2027-04-07");
  await dialog.getByText("Every week on Monday and Wednesday, until Wed, 7 Apr 2027").waitFor();
  await dialog.getByText("12 times").waitFor();
  for (const guest of ["cara@example.com", "tom@example.org"]) {
    await dialog.getByRole("textbox", { name: "Guests" }).fill(guest);
    await dialog.getByRole("textbox", { name: "Guests" }).press("Enter");
  }
  // What Outlook does not offer is not offered: whom to mail, colours, a second reminder.
  await dialog.getByText("Microsoft mails the guests about every change by itself.").waitFor();
  assert.equal(await dialog.getByText("Who is told by mail").count(), 0);
  await dialog.getByRole("button", { name: "Reminders, visibility, colour, own data" }).click();
  await turn(dialog, "As the calendar says", false);
  await dialog.getByRole("button", { name: "Remove reminder 1" }).waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Add a reminder" }).isDisabled(), true);
  assert.equal(await dialog.getByRole("group", { name: "Colour" }).count(), 0);
  await settled(page);
  await assertAccessible(page, "new event for Outlook");
  await screenshot(page, "outlook-a2-editor", false);
  await dialog.getByRole("button", { name: "Create event" }).click();
  await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027, 09:00 to 09:45/ }).waitFor();
  await page.getByRole("button", { name: /Recall calls, Wed, 3 Mar 2027/ }).waitFor();

  // The same at Microsoft, in its words.
  const masters = async () => (await control.events(there)).filter((one) => one.type === "seriesMaster");
  const [made] = await masters();
  assert.ok(made);
  assert.match(made.originalStartTimeZone, /W\. Europe Standard Time|Europe\/Berlin/);
  assert.deepEqual(
    [made.recurrence?.pattern.type, made.recurrence?.pattern.daysOfWeek],
    ["weekly", ["monday", "wednesday"]],
  );
  assert.deepEqual([made.recurrence?.range.type, made.recurrence?.range.endDate], ["endDate", "2027-04-07"]);
  assert.deepEqual(made.attendees.map((one) => one.emailAddress.address).sort(), [
    "cara@example.com",
    "tom@example.org",
  ]);

  // A guest declines; we show it.
  await control.answer(made.id, "cara@example.com", "declined");
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
  await settled(page);
  await assertAccessible(page, "which ones, at Microsoft");
  await screenshot(page, "outlook-a2-which", false);
  await which.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: /Recall calls \(long\), Wed, 3 Mar 2027, 09:00 to 11:00/ }).waitFor();
  await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027/ }).waitFor();

  // This and all later ones.
  await page.getByRole("button", { name: "Next week" }).click();
  await page.getByRole("button", { name: /Recall calls, Mon, 8 Mar 2027/ }).click();
  await open.getByLabel("Location").fill("Room 9");
  await open.getByRole("button", { name: "Save" }).click();
  await page.getByRole("radio", { name: "This and all later ones" }).check();
  await which.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: /Recall calls, Mon, 8 Mar 2027.*Room 9/ }).waitFor();
  assert.deepEqual((await masters()).map((one) => one.recurrence?.range.endDate).sort(), ["2027-03-07", "2027-04-07"]);
  await page.getByRole("button", { name: "Previous week" }).click();
  await page.getByRole("button", { name: /Recall calls \(long\), Wed, 3 Mar 2027/ }).waitFor();

  // It stays in its calendar, and is copied to the other one, whole.
  await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027/ }).click();
  await open.getByText("Outlook moves no event to another calendar").waitFor();
  await open.getByRole("button", { name: "Copy…" }).click();
  const copying = page.getByRole("dialog", { name: /^Copy/ });
  await choose(page, "To which calendar?", "Second");
  await copying.getByRole("radio", { name: "The whole series" }).check();
  await settled(page);
  await assertAccessible(page, "copy dialog at Microsoft");
  await screenshot(page, "outlook-a2-copy", false);
  await copying.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("was copied to Second").waitFor();
  const copies = (await control.events(second.provider_calendar_id)).filter((one) => one.type === "seriesMaster");
  assert.deepEqual(
    copies.map((one) => [one.recurrence?.range.endDate, one.attendees]),
    [["2027-03-07", []]],
  );

  await open.getByRole("button", { name: "Delete…" }).click();
  const asked = page.getByRole("dialog", { name: /^Delete/ });
  await asked.getByRole("button", { name: "Cancel" }).last().click();
  await open.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("radio", { name: "The whole series" }).check();
  await screenshot(page, "outlook-a2-delete", false);
  await asked.getByRole("button", { name: "Delete", exact: true }).click();
  await until("the first half to be gone", async () => (await masters()).length === 1);
  await until(
    "only the copy to be shown",
    async () => (await page.getByRole("button", { name: /Recall calls/ }).count()) === 2,
  );

  // What Outlook cannot repeat is refused with the reason, and nothing is sent.
  const before = await control.calls("graph.events.create");
  await page.getByRole("button", { name: "New event" }).click();
  await dialog.getByLabel("Title").fill("Pay day");
  await dialog.getByLabel("Starts").fill("2027-03-31");
  await choose(page, "Repeat", /^Every month on day 31|^Every month on the 31/);
  await dialog.getByRole("button", { name: "Create event" }).click();
  await dialog
    .getByText(/Microsoft takes its last day; repeat on the last day instead/)
    .first()
    .waitFor();
  await screenshot(page, "outlook-a2-refused", false);
  assert.equal(await control.calls("graph.events.create"), before);
  assert.deepEqual(faults, []);
  await context.close();
});

test("B1: Sam's Google, a second account at Outlook, the business's and its own server's calendar stand side by side", async () => {
  const radicale = await startCaldav("radicale");
  const { context, page, faults } = await on.enter();
  try {
    const desk = collection(new URL("/ann/desk/", radicale.url).href);
    await desk.make("Front desk");
    const client = await addClient(page, "Riverside Garage", "desk@garage.example");
    await beginGoogle(page, client);
    await consent(page, YOGA);
    await page.getByText("Now choose which calendars take part").waitFor();
    for (const account of [LEO, MIRA]) {
      await beginMicrosoft(page, client);
      await accept(page, account);
      await page.getByText("Now choose which calendars take part").waitFor();
    }
    // Of the business's account only one calendar takes part, and bookings go there.
    const own = page.getByRole("group", { name: "What Calendar takes part in" });
    await turn(own, "Receives bookings", true);
    await until("bookings to go there", async () => {
      const of = await calendarsOf(page, client);
      return of.some((one) => one.name === "Calendar" && one.receives_bookings);
    });
    const other = page.getByRole("group", { name: "What Project Alder takes part in" });
    await turn(other, "Synced", false);
    await until("the choice to be stored", async () => {
      const of = await calendarsOf(page, client);
      return of.some((one) => one.name === "Project Alder" && !one.selected);
    });

    // The front desk's calendar is on a server of their own.
    await page.goto(`/credentials/new?client=${client}&provider=caldav`);
    await page.getByRole("radio", { name: "Another server" }).click();
    await page.getByRole("textbox", { name: "Server address" }).fill(radicale.url);
    await page.getByRole("textbox", { name: "User name" }).fill(ANN.username);
    await page.locator("input[type=password]").fill(ANN.password);
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByRole("group", { name: "What Front desk takes part in" }).waitFor();

    await page.goto(`/credentials?client=${client}`);
    for (const account of [YOGA, LEO, MIRA]) await page.getByRole("link", { name: account }).waitFor();
    await settled(page);
    await assertAccessible(page, "accounts of all kinds");
    await screenshot(page, "outlook-b1-accounts");
    await page.goto(`/calendars?client=${client}`);
    await page.getByRole("link", { name: "Front desk" }).waitFor();
    for (const account of [YOGA, LEO, MIRA]) await page.getByRole("heading", { name: account }).waitFor();
    await settled(page);
    await assertAccessible(page, "calendars of four accounts");
    await screenshot(page, "outlook-b1-calendars");
    await onPhone(`/calendars?client=${client}`, "b1-calendars", (small) =>
      small.getByRole("heading", { name: MIRA }).waitFor(),
    );

    // One week, of all of them; not of what does not take part.
    const events = async () =>
      (
        await call<{ data: { title: string; provider: string; start: { date_time: string } }[] }>(
          page,
          "GET",
          `/events?client_id=${client}&limit=500`,
        )
      ).data;
    const day = (await events()).find((one) => one.title === "Client review")?.start.date_time.slice(0, 10) ?? "";
    const times = ["T150000Z", "T154500Z"].map((time) => day.replaceAll("-", "") + time);
    await desk.put(
      "walk-in.ics",
      calendarOf(["UID:walk-in", `DTSTART:${times[0]}`, `DTEND:${times[1]}`, "SUMMARY:Walk-in"]),
    );
    const fronts = (await calendarsOf(page, client)).find((one) => one.name === "Front desk");
    await call(page, "POST", `/calendars/${fronts?.id}/sync`);
    await until("what was made at the desk to be there", async () =>
      (await events()).some((one) => one.title === "Walk-in"),
    );
    const providers = new Set((await events()).map((one) => one.provider));
    assert.deepEqual([...providers].sort(), ["caldav", "google", "microsoft"]);
    const titles = (await events()).map((one) => one.title);
    for (const title of ["Rehearsal", "Client review", "Walk-in"]) assert.ok(titles.includes(title), title);
    assert.ok(!titles.includes("Site visit"));
    await page.goto(`/calendar?view=week&date=${day}&client=${client}`);
    await inGrid(page, "Walk-in").waitFor();
    await inGrid(page, "Client review").waitFor();
    await settled(page);
    await screenshot(page, "outlook-b1-week", false);
    assert.deepEqual(faults, []);
  } finally {
    radicale.stop();
    await context.close();
  }
});

test("B2: Tina connects a CalDAV server, after a wrong password and an address nobody may reach, and does not see Sam's", async () => {
  const radicale = await startCaldav("radicale");
  const { context, page, faults } = await on.enter();
  const hers = (name: string) => collection(new URL(`/ann/${name}/`, radicale.url).href);
  try {
    for (const name of ["treatments", "private"]) await hers(name).make(name);
    const client = await addClient(page, "Tina Physio", "tina@physio.example");
    await page.goto(`/credentials/new?client=${client}&provider=caldav`);
    await page.getByRole("radio", { name: "Another server" }).click();
    const address = page.getByRole("textbox", { name: "Server address" });
    await address.fill(radicale.url.replace("http://127.0.0.1", "https://127.0.0.2"));
    await page.getByRole("textbox", { name: "User name" }).fill("ann");
    await page.locator("input[type=password]").fill("wrong");
    const connect = page.getByRole("button", { name: "Connect", exact: true });
    await connect.click();
    await page
      .getByText(/private network/)
      .first()
      .waitFor();
    await settled(page);
    await assertAccessible(page, "an address nobody may reach");
    await screenshot(page, "outlook-b2-refused");
    await address.fill(radicale.url);
    await connect.click();
    await page.getByText("The server refuses user name or password").waitFor();
    await page.locator("input[type=password]").fill("secret-ann");
    await connect.click();
    await page.getByText("Now choose which calendars take part").waitFor();
    const group = page.getByRole("group", { name: "What private takes part in" });
    await turn(group, "Synced", false);
    await until("the choice to be stored", async () =>
      (await calendarsOf(page, client)).some((one) => one.name === "private" && !one.selected),
    );

    // What she has is hers alone.
    await page.goto(`/calendars?client=${client}`);
    await page.getByRole("link", { name: "treatments" }).waitFor();
    await settled(page);
    assert.equal(await page.getByText(MIRA).count(), 0);
    assert.deepEqual(
      (await calendarsOf(page, client)).map((one) => one.provider),
      ["caldav", "caldav"],
    );

    // Written here it is on the server; written there it is here.
    const [treatments] = (await calendarsOf(page, client)).filter((one) => one.selected);
    await page.goto(`/events/new?client=${client}&start=2027-03-02T10:00&in=Europe/Berlin`);
    await page.getByLabel("Title").fill("Back exercises");
    await page.getByRole("button", { name: "Create event" }).click();
    await inGrid(page, "Back exercises").waitFor();
    const files = await hers("treatments").files();
    assert.deepEqual(
      files.map(({ text }) => /SUMMARY:Back exercises/.test(text)),
      [true],
    );
    const times = ["DTSTART:20270303T090000Z", "DTEND:20270303T100000Z"];
    await hers("treatments").put("phone-1.ics", calendarOf(["UID:phone-1", ...times, "SUMMARY:Made on the phone"]));
    await call(page, "POST", `/calendars/${treatments?.id}/sync`);
    await page.goto(`/calendar?view=week&date=2027-03-01&client=${client}`);
    await page.getByRole("button", { name: /^Made on the phone, Wed, 3 Mar 2027, 10:00 to 11:00/ }).waitFor();
    assert.deepEqual(faults, []);
  } finally {
    radicale.stop();
    await context.close();
  }
});

test("B5: what Kim makes, moves and deletes in Outlook is on the screen without being asked for, also a year ahead", async () => {
  const { context, page, faults } = await on.enter();
  const control = outlook(on.service);
  const { client, calendar, there } = await withOutlook(page, "Kim’s Barber Shop", KIM);
  await page.goto(`/calendar?view=week&date=2027-03-08&client=${client}`);
  await settled(page);
  await until(
    "Outlook to tell of changes by itself",
    async () => (await call<{ pushed: boolean }>(page, "GET", `/calendars/${calendar}/health`)).pushed,
    90,
  );
  const at = (dateTime: string) => ({ dateTime, timeZone: "W. Europe Standard Time" });
  const made = await control.add(there, {
    subject: "Made in Outlook",
    start: at("2027-03-12T09:00:00"),
    end: at("2027-03-12T10:00:00"),
  });
  await page.getByRole("button", { name: /^Made in Outlook, Fri, 12 Mar 2027, 09:00 to 10:00/ }).waitFor();
  await control.edit(made.id, { start: at("2027-03-13T11:00:00"), end: at("2027-03-13T12:00:00") });
  await page.getByRole("button", { name: /^Made in Outlook, Sat, 13 Mar 2027, 11:00 to 12:00/ }).waitFor();
  await control.remove(made.id);
  await inGrid(page, "Made in Outlook").waitFor({ state: "detached" });

  // Whole days, and a series without an end of which one date falls away and another moves.
  await control.add(there, {
    subject: "Trade fair",
    isAllDay: true,
    start: at("2027-03-10T00:00:00"),
    end: at("2027-03-12T00:00:00"),
  });
  const series = await control.add(there, {
    subject: "Barber school",
    start: at("2027-03-08T08:00:00"),
    end: at("2027-03-08T09:00:00"),
    recurrence: {
      pattern: { type: "weekly", interval: 1, daysOfWeek: ["monday"] },
      range: { type: "noEnd", startDate: "2027-03-08" },
    },
  });
  await inGrid(page, "Trade fair").waitFor();
  await page.getByRole("button", { name: /^Barber school, Mon, 8 Mar 2027, 08:00 to 09:00/ }).waitFor();
  await settled(page);
  await screenshot(page, "outlook-b5-week", false);
  await control.remove(await control.occurrence(KIM, series.id, "2027-03-08"));
  await inGrid(page, "Barber school").waitFor({ state: "detached" });
  const later = await control.occurrence(KIM, series.id, "2028-03-06");
  await control.edit(later, { start: at("2028-03-08T13:00:00"), end: at("2028-03-08T14:00:00") });
  await page.goto(`/calendar?view=week&date=2028-03-06&client=${client}`);
  await page.getByRole("button", { name: /^Barber school, Wed, 8 Mar 2028, 13:00 to 14:00/ }).waitFor();
  await page.goto(`/calendar?view=week&date=2028-03-13&client=${client}`);
  await page.getByRole("button", { name: /^Barber school, Mon, 13 Mar 2028, 08:00 to 09:00/ }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("B6: while Microsoft answers 503 the reason is said and nothing is lost; afterwards everything is there by itself, once", async () => {
  const { context, page, faults } = await on.enter();
  const control = outlook(on.service);
  const clients = await call<{ data: { id: string; name: string }[] }>(page, "GET", "/clients");
  const client = clients.data.find((one) => one.name === "Kim’s Barber Shop")?.id ?? "";
  const [own] = await calendarsOf(page, client);
  assert.ok(own);
  const named = async (subject: string) =>
    (await control.events(own.provider_calendar_id)).filter((one) => one.subject === subject).length;
  await control.fail("graph.*", 503);
  await page.goto(`/calendar?view=week&date=2027-04-05&client=${client}`);
  await page.getByRole("button", { name: "New event" }).click();
  await page.getByLabel("Title").fill("Made in the outage");
  await page.getByRole("button", { name: "Create event" }).click();
  await inGrid(page, "Made in the outage.*not at the provider yet").waitFor();
  // Asked to read anew, it says why that does not work, and how old is what it shows.
  await page.goto(`/sync?tab=health&client=${client}`);
  await page.getByRole("button", { name: `Resync ${own.name}` }).click();
  await page
    .getByText(/Microsoft.*(503|does not answer|unavailable)/i)
    .first()
    .waitFor();
  await settled(page);
  await assertAccessible(page, "a calendar that cannot be read");
  await screenshot(page, "outlook-b6-health");
  await page.goto(`/sync?client=${client}`);
  await page.getByRole("list", { name: "Changes on the way" }).getByText("Made in the outage").waitFor();
  await settled(page);
  await screenshot(page, "outlook-b6-queue");
  await onPhone(`/sync?client=${client}`, "b6-queue", (small) =>
    small.getByText("Made in the outage").first().waitFor(),
  );
  assert.equal(await named("Made in the outage"), 0);

  await control.heal();
  // Nobody presses anything: it arrives, the calendar is read again, and nothing is left that wants somebody.
  await until("it to have arrived", async () => (await named("Made in the outage")) === 1, 150);
  await page.getByText("Everything has arrived").waitFor();
  const health = () => call<{ consecutive_failures: number }>(page, "GET", `/calendars/${own.id}/health`);
  await until("the calendar to be read again", async () => (await health()).consecutive_failures === 0, 240);
  await page.goto(`/?client=${client}`);
  await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  await settled(page);
  assert.equal(await page.getByRole("region", { name: "Needs your attention" }).count(), 0);
  assert.equal(await page.getByText("One account needs you").count(), 0);
  assert.equal(await named("Made in the outage"), 1);
  await page.goto(`/calendar?view=week&date=2027-04-05&client=${client}`);
  await inGrid(page, "Made in the outage").waitFor();
  assert.equal(await inGrid(page, "not at the provider yet").count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});
