// The receptionist's journey R1: connect, choose calendar and zone, prove that writing works, see the last sync.
// Once with Google (the sandbox's), once with a real CalDAV server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startCaldav } from "./caldav-support.ts";
import { beginGoogle, choose, consent, google, YOGA } from "./journeys-support.ts";
import { assertAccessible, call, screenshot, settled, stage, startService, turn, until } from "./support.ts";

const on = stage(undefined, () => startService({ env: { CALENDAR_STACKER_ALLOW_ADDRESSES: "127.0.0.1" } }));

const MIRA = "mira.sandbox@contoso.example";

const addClient = async (page: Parameters<typeof call>[0], name: string, email: string) =>
  (await call<{ id: string }>(page, "POST", "/clients", { name, email, time_zone: "Europe/London" })).id;

test("R1: Google is connected, proven with a test event, and disconnected", async () => {
  const { context, page, faults } = await on.enter();
  const client = await addClient(page, "Riverside Yoga", "hello@riverside.example");
  await beginGoogle(page, client);
  await consent(page, YOGA);
  await page.getByText("Now choose which calendars take part").waitFor();

  // What the account has is known at once; what takes part is chosen here.
  const first = page.getByRole("group", { name: /takes part in$/ }).first();
  await turn(first, "Receives bookings", true);
  await until("the choice to be stored", async () =>
    (await call<{ data: { receives_bookings: boolean }[] }>(page, "GET", "/calendars")).data.some(
      (one) => one.receives_bookings,
    ),
  );

  const control = google(on.service);
  const before = (await control.events(YOGA)).length;
  await page.getByRole("button", { name: "Create and remove" }).click();
  await page.getByText(/Created and removed in \d+ ms/).waitFor();
  assert.equal((await control.events(YOGA)).length, before);
  assert.equal((await control.mails()).length, 0);

  await page.getByRole("button", { name: "Validate" }).click();
  await page.getByText("Everything works").waitFor();
  await assertAccessible(page, "checks");
  await screenshot(page, "r1-google");

  // The account and its last sync stand in the list of calendars.
  await page.goto("/calendars");
  await settled(page);
  await page.getByRole("heading", { name: YOGA }).waitFor();
  await page
    .getByRole("button", { name: /^Sync now/ })
    .first()
    .click();
  await page.getByText(/is up to date/).waitFor();
  await page
    .getByText(/read (just now|\d+)/)
    .first()
    .waitFor();
  await assertAccessible(page, "calendars");
  await screenshot(page, "r1-calendars");

  // The next step leads to the first event.
  await page.goto("/events/new");
  await page.getByLabel("Title").fill("First class");
  await page.getByRole("button", { name: "Create event" }).click();
  await page.getByRole("heading", { name: "Calendar", level: 1 }).waitFor();
  await until("Google to have it", async () => (await control.events(YOGA)).some((e) => e.summary === "First class"));

  // Google takes the permission back: said in words, with the way out.
  await control.revoke(YOGA);
  await page.goto("/credentials");
  await page.getByRole("link", { name: YOGA }).click();
  await page.getByRole("button", { name: "Validate" }).click();
  await page.getByText("Something does not work").waitFor();
  await page.getByText("Needs re-authorization").first().waitFor();
  await assertAccessible(page, "broken account");
  await screenshot(page, "r1-broken");
  await page.getByRole("button", { name: "Reconnect" }).first().click();
  await consent(page, YOGA);
  await page.getByText("Now choose which calendars take part").waitFor();
  await page.getByText("Valid", { exact: true }).first().waitFor();

  // Disconnecting asks; deleting wants the name typed.
  await page.getByRole("button", { name: "Disconnect…" }).click();
  await page.getByRole("button", { name: "Disconnect", exact: true }).click();
  await page.getByText("Disconnected", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Delete account…" }).click();
  const question = page.getByRole("dialog", { name: "Delete this account?" });
  assert.equal(await question.getByRole("button", { name: "Delete account" }).isDisabled(), true);
  await question.getByRole("textbox").fill(YOGA);
  await question.getByRole("button", { name: "Delete account" }).click();
  await page.getByText("No account yet").waitFor();
  assert.deepEqual((await call<{ data: unknown[] }>(page, "GET", "/calendars")).data, []);
  assert.deepEqual(faults, []);
  await context.close();
});

test("R1: a CalDAV server is connected; a wrong password is said at its field", async () => {
  const radicale = await startCaldav("radicale");
  const { context, page, faults } = await on.enter();
  try {
    const client = await addClient(page, "Northside Physio", "desk@northside.example");
    await page.goto(`/credentials/new?client=${client}&provider=caldav`);
    await page.getByRole("radio", { name: "Radicale", exact: true }).click();
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("Fill in the whole address").waitFor();
    await page.getByRole("textbox", { name: "Server address" }).fill(radicale.url);
    await page.getByRole("textbox", { name: "User name" }).fill("ann");
    await page.getByLabel("Password", { exact: false }).first().fill("not the password");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("The server refuses user name or password").waitFor();
    await assertAccessible(page, "wrong password");
    await screenshot(page, "r1-wrong-password");
    await page.locator("input[type=password]").fill("secret-ann");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("Now choose which calendars take part").waitFor();

    // A fresh account may have none: one is made here, at the server.
    await page.goto("/calendars");
    await settled(page);
    await page.getByRole("button", { name: "New calendar" }).click();
    const dialog = page.getByRole("dialog", { name: "New calendar" });
    await dialog.getByRole("textbox", { name: "Name" }).fill("Treatments");
    await assertAccessible(page, "new calendar");
    await dialog.getByRole("button", { name: "Create calendar" }).click();
    await page.getByRole("link", { name: "Treatments" }).waitFor();

    await page.goto("/credentials");
    await page.getByRole("link", { name: "ann" }).click();
    await page.getByRole("button", { name: "Create and remove" }).click();
    await page.getByText(/Created and removed in \d+ ms/).waitFor();

    await page.goto(`/events/new?client=${client}&start=2027-03-02T10:00&in=Europe/London`);
    await page.getByLabel("Title").fill("Back exercises");
    await choose(page, "Repeat", "Every day");
    await page.getByRole("button", { name: "Create event" }).click();
    await page.getByRole("button", { name: /Back exercises, Tue, 2 Mar 2027, 10:00 to 11:00/ }).waitFor();
    const report = await fetch(radicale.url, {
      method: "PROPFIND",
      headers: { authorization: `Basic ${Buffer.from("ann:secret-ann").toString("base64")}`, depth: "infinity" },
    });
    assert.ok(report.ok);
    await screenshot(page, "r1-caldav", false);
    assert.deepEqual(faults, []);
  } finally {
    radicale.stop();
    await context.close();
  }
});

test("R1: Microsoft is connected, proven with a test event, and its week is there", async () => {
  const { context, page, faults } = await on.enter();
  const client = await addClient(page, "Alder Consulting", "hello@alder.example");
  await page.goto(`/credentials/new?client=${client}`);
  await page.getByRole("radio", { name: /Microsoft 365/ }).click();
  await assertAccessible(page, "the form for Microsoft");
  await page.getByRole("button", { name: "Continue to Microsoft" }).click();
  await page.getByText("Microsoft simulator").waitFor();
  await page.getByRole("radio", { name: MIRA }).check();
  await page.getByRole("button", { name: "Accept", exact: true }).click();
  await page.getByText("Now choose which calendars take part").waitFor();
  await page.getByRole("group", { name: "Calendar takes part in" }).waitFor();

  await page.getByRole("button", { name: "Create and remove" }).click();
  await page.getByText(/Created and removed in \d+ ms/).waitFor();
  await page.getByRole("button", { name: "Validate" }).click();
  await page.getByText("Everything works").waitFor();
  await screenshot(page, "r1-microsoft");

  const week = await call<{ data: { title: string; provider: string }[] }>(
    page,
    "GET",
    `/events?client_id=${client}&limit=500`,
  );
  const titles = week.data.map((one) => one.title);
  for (const title of ["Daily check-in", "Client review", "Dentist", "Trade fair"])
    assert.ok(titles.includes(title), title);
  assert.ok(week.data.every((one) => one.provider === "microsoft"));
  assert.deepEqual(faults, []);
  await context.close();
});
