// The journeys A7, B2 and B8 (docs: product) with people who sign in themselves: a reader, one of the staff, and the owner of
// another business.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { at, dayAhead, withGoogle } from "./bookings-support.ts";
import { startCaldav } from "./caldav-support.ts";
import { choose, YOGA } from "./journeys-support.ts";
import { LEO, withOutlook } from "./outlook-support.ts";
import {
  addTenant,
  assertAccessible,
  assertNoSideScroll,
  call,
  launch,
  PHONE,
  type Service,
  screenshot,
  settled,
  setUp,
  signIn,
  startService,
  until,
  type Visit,
  type VisitOptions,
  visit,
} from "./support.ts";

const PASSWORD = "correct horse battery staple";
let service: Service;
let browser: Browser;
let owner: VisitOptions["as"];

before(async () => {
  service = await startService({ env: { CALENDAR_STACKER_ALLOW_ADDRESSES: "127.0.0.0/8" } });
  browser = await launch();
  owner = await setUp(service);
});

after(async () => {
  await browser?.close();
  await service?.stop();
});

interface Invited {
  name: string;
  client: string;
  level: string;
  as?: string;
}

/** The owner invites somebody on the People page and copies the link. */
async function invite(page: Page, { name, client, level, as }: Invited): Promise<string> {
  await page.goto("/settings?tab=people");
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await dialog.getByRole("textbox", { name: "E-mail" }).fill(`${name.toLowerCase()}@harbour.example`);
  await choose(page, "Add a client", client);
  await dialog.getByRole("group", { name: client }).waitFor();
  await choose(page, "May", level);
  if (as) await choose(page, "Sees", as);
  await assertAccessible(page, "invitation form");
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
  await screenshot(page, `people-link-${name.toLowerCase()}`, false);
  await page.getByRole("button", { name: "I have copied it" }).click();
  const row = page.getByRole("listitem", { name });
  await row.getByText("Invited").waitFor();
  await row.getByText(new RegExp(`${client}: ${level}`)).waitFor();
  return link;
}

/** Somebody opens their link in a browser of their own and sets a password. */
async function join(link: string, name: string): Promise<Visit> {
  const visitor = await visit(browser, service);
  const { page } = visitor;
  await page.goto(link);
  await page.getByRole("heading", { name: `Welcome, ${name}` }).waitFor();
  await settled(page);
  await assertAccessible(page, "invitation");
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Set password and start" }).click();
  await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  return visitor;
}

/** What the service answers to a write that the page does not offer. */
async function refused(page: Page, method: string, path: string, body?: unknown): Promise<number> {
  const asked = await page.request.get("/api/v1/auth/me");
  const headers = { "X-CSRF-Token": (await asked.json()).csrf_token, Origin: service.base, "If-Match": "*" };
  return (await page.request.fetch(`/api/v1${path}`, { method, data: body, headers })).status();
}

test("A7: a reader sees no button that would be refused, and nothing of other clients", async () => {
  const { context, page, faults } = await visit(browser, service, { as: owner });
  const { client, person } = await withGoogle(page, service, "Bright Dental", YOGA, "Sam");
  const other = await call<{ id: string }>(page, "POST", "/clients", {
    name: "Elsewhere",
    email: "hello@elsewhere.example",
    time_zone: "Europe/Berlin",
  });
  const event = { title: "Check-up", start: { date_time: "2027-03-02T10:00:00", time_zone: "Europe/Berlin" } };
  const made = await call<{ id: string }>(page, "POST", `/calendars/${person.calendar}/events`, {
    ...event,
    end: { date_time: "2027-03-02T11:00:00", time_zone: "Europe/Berlin" },
  });
  const link = await invite(page, { name: "Mia", client: "Bright Dental", level: "Read" });
  const mia = await join(link, "Mia");
  await settled(mia.page);
  assert.equal(await mia.page.getByRole("button", { name: "New event" }).count(), 0);
  assert.equal(await mia.page.getByText("Add client").count(), 0);
  await mia.page.goto("/clients");
  await mia.page.getByText("Bright Dental").first().waitFor();
  assert.equal(await mia.page.getByText("Elsewhere").count(), 0);
  for (const place of [`/calendar?client=${client}&view=week&date=2027-03-01`, `/events?client=${client}`]) {
    await mia.page.goto(place);
    await settled(mia.page);
    assert.equal(await mia.page.getByText("New event", { exact: true }).count(), 0, place);
  }
  for (const [place, buttons] of [
    [`/clients/${client}`, ["Settings", "Connect an account", "New event"]],
    [`/credentials?client=${client}`, ["Connect an account"]],
    [`/services?client=${client}`, ["Add service", "New service"]],
    [`/staff?client=${client}`, ["Add staff member", "Add"]],
    [`/calendars/${person.calendar}?client=${client}`, ["Sync now", "Compare with provider"]],
  ] as const) {
    await mia.page.goto(place);
    await settled(mia.page);
    for (const name of buttons) {
      const found = mia.page.locator("main").getByRole("button", { name, exact: true });
      const tab = mia.page.locator("main").getByRole("tab", { name, exact: true });
      const way = mia.page.locator("main").getByRole("link", { name, exact: true });
      assert.equal((await found.count()) + (await tab.count()) + (await way.count()), 0, `${name} on ${place}`);
    }
  }
  await mia.page.goto(`/settings?client=${client}`);
  await mia.page.getByText("Bright Dental: Read").waitFor();
  assert.equal(await mia.page.getByRole("tab", { name: "People" }).count(), 0);
  assert.equal(await refused(mia.page, "DELETE", `/events/${made.id}`), 403);
  assert.equal(await refused(mia.page, "PATCH", `/clients/${client}`, { name: "Mine" }), 403);
  assert.equal(await refused(mia.page, "PATCH", `/clients/${other.id}`, { name: "Mine" }), 404);

  // More, and then nothing: each holds at once.
  await page.getByRole("button", { name: "Access of Mia" }).click();
  await page.getByRole("dialog").getByRole("group", { name: "Bright Dental" }).waitFor();
  await choose(page, "May", "Write");
  await settled(page);
  await assertAccessible(page, "access");
  await screenshot(page, "people-access", false);
  // Somebody else said something in between: that is not overwritten unseen.
  const { data: users } = await call<{ data: { id: string; name: string }[] }>(page, "GET", "/users");
  const id = users.find((one) => one.name === "Mia")?.id;
  await call(page, "PUT", `/users/${id}/client-access`, { access: [{ client_id: other.id, level: "read" }] });
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").getByRole("alert").waitFor();
  await screenshot(page, "people-access-changed", false);
  await mia.page.goto("/clients");
  await mia.page.getByText("Elsewhere").first().waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("listitem", { name: "Mia" }).getByText("Bright Dental: Write").waitFor();
  await mia.page.goto(`/events?client=${client}`);
  await mia.page.getByRole("button", { name: "New event" }).waitFor();
  assert.equal(await refused(mia.page, "DELETE", `/events/${made.id}`), 204);
  await page.getByRole("button", { name: "More about Mia" }).click();
  await page.getByRole("menuitem", { name: "Deactivate…" }).click();
  await page.getByRole("button", { name: "Deactivate", exact: true }).click();
  await page.getByRole("listitem", { name: "Mia" }).getByText("Deactivated").waitFor();
  await settled(page);
  await assertAccessible(page, "people");
  await screenshot(page, "people");
  await mia.page.goto("/events");
  await mia.page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.setViewportSize(PHONE);
  await assertNoSideScroll(page, "people on a phone");
  assert.deepEqual([...faults, ...mia.faults], []);
  await mia.context.close();
  await context.close();
});

test("B2: Tina connects her own account, picks calendars, and cannot see Sam's", async () => {
  const radicale = await startCaldav("radicale");
  const { context, page, faults } = await visit(browser, service, { as: owner });
  try {
    const { client, person } = await withGoogle(page, service, "Physio", "dana.sandbox@example.com", "Sam");
    const [sams] = (await call<{ data: { id: string }[] }>(page, "GET", `/credentials?client_id=${client}`)).data;
    await call(page, "PATCH", `/credentials/${sams?.id}`, { staff_id: person.staff });
    await call(page, "POST", "/staff", { client_id: client, name: "Tina" });
    const link = await invite(page, { name: "Tina", client: "Physio", level: "Manage", as: "Only as Tina" });
    const tina = await join(link, "Tina");
    const hers = tina.page;
    await hers.goto(`/credentials/new?client=${client}&provider=caldav`);
    await hers.getByRole("radio", { name: "Another server" }).click();
    await hers.getByRole("textbox", { name: "Server address" }).fill(radicale.url);
    await hers.getByRole("textbox", { name: "User name" }).fill("ann");
    await hers.locator("input[type=password]").fill("wrong");
    await hers.getByRole("button", { name: "Connect", exact: true }).click();
    await hers.getByText("The server refuses user name or password").waitFor();
    await hers.locator("input[type=password]").fill("secret-ann");
    await hers.getByRole("button", { name: "Connect", exact: true }).click();
    await until("the account to be hers", async () => {
      const { data } = await call<{ data: { staff_id: string | null }[] }>(hers, "GET", "/credentials");
      return data.length === 1 && data[0]?.staff_id !== null && data[0]?.staff_id !== person.staff;
    });
    for (const place of ["/credentials", "/calendars", "/staff", "/events", "/bookings", "/sync"]) {
      await hers.goto(`${place}?client=${client}`);
      await settled(hers);
      const said = await hers.locator("main").innerText();
      assert.doesNotMatch(said, /Sam\b|dana\.sandbox/, place);
    }
    await screenshot(hers, "people-tina");
    for (const path of [`/credentials/${sams?.id}`, `/calendars/${person.calendar}`, `/staff/${person.staff}`]) {
      assert.equal((await hers.request.get(`/api/v1${path}`)).status(), 404, path);
    }
    // The owner sees whose it is.
    const { data } = await call<{ data: { id: string; provider: string }[] }>(
      page,
      "GET",
      `/credentials?client_id=${client}`,
    );
    await page.goto(`/credentials/${data.find((one) => one.provider === "caldav")?.id}`);
    await page.getByRole("cell", { name: "Tina" }).waitFor();
    assert.deepEqual([...faults, ...tina.faults], []);
    await tina.context.close();
  } finally {
    radicale.stop();
    await context.close();
  }
});

test("B8: the owner of another business finds nothing of the first one's at any address, and her figures are her own", async () => {
  const { context, page, faults } = await visit(browser, service, { as: owner });
  const { client, person } = await withGoogle(page, service, "Harbour Clinic", YOGA, "Nils");
  const staff_ids = [person.staff];
  const facts = { client_id: client, name: "Check-up", duration_minutes: 30, notice_minutes: 0, staff_ids };
  const { id: service_id } = await call<{ id: string }>(page, "POST", "/services", facts);
  const wanted = { service_id, start: at(dayAhead(2), "10:00"), staff_ids };
  const booking = await call<{ id: string }>(page, "POST", "/bookings", wanted);
  const [account] = (await call<{ data: { id: string }[] }>(page, "GET", `/credentials?client_id=${client}`)).data;
  /** What the dashboard counts: clients, accounts, calendars. */
  const figures = async (of: Page) => {
    await of.goto("/");
    await of.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
    await settled(of);
    const tiles = await of.locator("main [data-tile]").allInnerTexts();
    return tiles.slice(0, 3).map((text) => Number(/\d+/.exec(text)?.[0]));
  };
  const ours = await figures(page);

  addTenant(service, "Eve", "eve@elsewhere.example");
  const { context: away, page: hers, faults: herFaults } = await visit(browser, service);
  await hers.goto("/");
  await signIn(hers, "eve@elsewhere.example");
  await hers.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  assert.deepEqual(await figures(hers), [0, 0, 0]);
  for (const [place, says] of [
    [`/clients/${client}`, "No such client"],
    [`/bookings/${booking.id}`, "No such booking"],
    [`/calendars/${person.calendar}`, "There is no such calendar."],
    [`/credentials/${account?.id}`, "There is no such credential."],
    [`/staff/${person.staff}`, "Nobody of this name"],
  ] as const) {
    await hers.goto(place.replace("/bookings/", "/bookings?booking="));
    await hers.getByText(says).waitFor();
    await settled(hers);
    await assertAccessible(hers, `what is somebody else’s: ${place}`);
    assert.doesNotMatch(await hers.locator("body").innerText(), /Harbour|Nils|Check-up|riverside/, place);
    for (const method of ["GET", "PATCH"]) assert.equal(await refused(hers, method, place, {}), 404, place);
  }
  await screenshot(hers, "people-elsewhere");

  // With something of hers it is hers that is counted, and she sees what it costs at its provider.
  await withOutlook(hers, "Quayside", LEO);
  assert.deepEqual(await figures(hers), [1, 1, (await call<{ data: [] }>(hers, "GET", "/calendars")).data.length]);
  assert.deepEqual(await figures(page), ours, "of the others nobody counts it");
  for (const [of, own, other] of [
    [hers, LEO, YOGA],
    [page, YOGA, LEO],
  ] as const) {
    await of.goto("/sync?tab=health");
    await of.getByText(own).first().waitFor();
    await settled(of);
    assert.equal(await of.getByText(other).count(), 0);
  }
  assert.deepEqual([...faults, ...herFaults], []);
  await away.close();
  await context.close();
});
