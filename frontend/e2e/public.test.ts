// Customers book themselves (R2, B3, B4 from their side): on a phone, without signing in, and on somebody else's site.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { at, type Booking, dayAhead, member, type Person, withGoogle } from "./bookings-support.ts";
import { DANA, google } from "./journeys-support.ts";
import {
  assertAccessible,
  assertClean,
  assertNoSideScroll,
  call,
  DESKTOP,
  PHONE,
  screenshot,
  settled,
  stage,
  turn,
  until,
  type VisitOptions,
  visit,
} from "./support.ts";

const SLUG = "bright-dental";
const DAY = dayAhead(2);

let client: string;
let sam: Person;

const on = stage(async (page) => {
  ({ client, person: sam } = await withGoogle(page, on.service, "Bright Dental", DANA, "Sam"));
  const tina = await member(page, client, { name: "Tina" });
  const facts = { client_id: client, staff_ids: [sam.staff, tina], notice_minutes: 0, is_public: true };
  await call(page, "POST", "/services", {
    ...facts,
    name: "Check-up",
    description: "We look at all of them.",
    price_text: "80 €",
    location: "Room 2",
    duration_minutes: 60,
    step_minutes: 30,
  });
  const variants = [{ id: "long", name: "Both jaws", duration_minutes: 60, price_text: "120 €" }];
  await call(page, "POST", "/services", { ...facts, name: "Cleaning", duration_minutes: 30, variants });
  await call(page, "POST", "/services", {
    ...facts,
    name: "Not for everybody",
    duration_minutes: 30,
    is_public: false,
  });
});

const shown = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const dayWords = (day: string) => shown.format(new Date(`${day}T00:00:00Z`));
const time = (page: Page, clock: string) => page.getByRole("radio", { name: clock, exact: true });
const bookings = async () => {
  const { context, page } = await on.enter();
  const { data } = await call<{ data: Booking[] }>(page, "GET", `/bookings?client_id=${client}&limit=100`);
  await context.close();
  return data;
};
const policy = async (change: object) => {
  const { context, page } = await on.enter();
  await call(page, "PATCH", `/clients/${client}/booking-policy`, change);
  await context.close();
};

/** Up to who comes. */
async function choose(page: Page, what: string, who: string, day: string, clock: string): Promise<void> {
  await page.getByRole("radio", { name: new RegExp(`^${what}`) }).check();
  await page.getByRole("radio", { name: who, exact: true }).check();
  const first = page.getByRole("radio", { name: new RegExp(`^${dayWords(day)}`) });
  await first.check();
  await time(page, clock).check();
}
async function fill(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("E-mail").fill(`${name.split(" ")[0]?.toLowerCase()}@example.org`);
}
/** Opens the page as somebody who was never here. */
async function asCustomer(options: VisitOptions = {}) {
  const one = await visit(on.browser, on.service, options);
  await one.page.goto(`/book/${SLUG}`);
  await one.page.getByRole("heading", { name: "Bright Dental", level: 1 }).waitFor();
  return one;
}

let mine: string;

test("the policy opens the page, and gives its link and what another site puts in", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto(`/services?tab=policy&client=${client}`);
  await turn(page, "Customers can book themselves", true);
  await page.getByLabel("Address").fill("Bright Dental");
  await page.getByRole("button", { name: "Save the policy" }).click();
  await page.locator("[aria-invalid=true]").waitFor();
  await page.getByLabel("Address").fill(SLUG);
  await turn(page, "Other sites may show it", true);
  await page.getByRole("button", { name: "Save the policy" }).click();
  await page.getByLabel("Link for customers").waitFor();
  assert.equal(await page.getByLabel("Link for customers").inputValue(), `${on.service.base}/book/${SLUG}`);
  assert.match(await page.getByLabel("For another site").inputValue(), /embed\.js" data-page="bright-dental"/);
  await settled(page);
  await assertAccessible(page, "the policy");
  await screenshot(page, "public-policy");
  assert.deepEqual(faults, []);
  await context.close();
});

test("B3, R2: Cara books on her phone; a private event is no free time, and is not told", async () => {
  const busy = { start: { dateTime: at(DAY, "10:00") }, end: { dateTime: at(DAY, "11:00") } };
  await google(on.service).add(sam.there, { summary: "Therapy", visibility: "private", ...busy });
  const free = { start: { dateTime: at(DAY, "13:00") }, end: { dateTime: at(DAY, "14:00") } };
  await google(on.service).add(sam.there, { summary: "Reading", transparency: "transparent", ...free });
  const arranged = await on.enter();
  await call(arranged.page, "POST", `/calendars/${sam.calendar}/sync`);
  await arranged.context.close();

  const { context, page, faults } = await asCustomer({ viewport: PHONE });
  const answers: string[] = [];
  page.on("response", async (answer) => {
    if (answer.url().includes("/api/")) answers.push(await answer.text().catch(() => ""));
  });
  assert.equal(await page.getByText("Not for everybody").count(), 0);
  await choose(page, "Check-up", "Sam", DAY, "13:00");
  for (const taken of ["09:30", "10:00", "10:30"]) assert.equal(await time(page, taken).count(), 0, taken);
  await page.getByRole("button", { name: "Book", exact: true }).click();
  await page.getByText("Your name is missing.").waitFor();
  await assertAccessible(page, "what is missing");
  await fill(page, "Cara Lind");
  await page.getByLabel(/Phone/).fill("+49 30 1234");
  await page.getByLabel(/Anything to know/).fill("First visit");
  await settled(page);
  await screenshot(page, "public-book-phone");
  await page.getByRole("button", { name: "Book", exact: true }).click();
  await page.getByRole("heading", { name: "It is booked" }).waitFor();
  await until("the event to be at Google", async () =>
    (await sam.elsewhere.events()).some(
      (one) => one.title.includes("Check-up") && one.start === Date.parse(at(DAY, "13:00")),
    ),
  );
  assert.doesNotMatch(answers.join(), /Therapy|cal_|evt_|bkg_/);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Add to calendar" }).click(),
  ]);
  const file = readFileSync(await download.path(), "utf8");
  assert.match(file, /SUMMARY:Check-up - Bright Dental\r\n/);
  mine = (await page.getByRole("link", { name: "Move or cancel it" }).getAttribute("href")) ?? "";
  assert.match(mine, /\/booking\/[\w-]{40,}$/);
  assert.doesNotMatch(file, new RegExp(mine.split("/").pop() ?? "x"));
  await assertAccessible(page, "it is booked");
  await assertNoSideScroll(page, "it is booked");
  await screenshot(page, "public-done-phone");
  assert.deepEqual(faults, []);
  await context.close();
});

test("somebody else was faster: the next free times are offered, and one of them is booked, by keys alone", async () => {
  const { context, page, faults } = await asCustomer({ zone: "America/New_York" });
  await page.getByText("Bright Dental is in Europe/Berlin").waitFor();
  // The page says the visitor's clock: 09:00 in Berlin is 03:00 in New York.
  await choose(page, "Check-up", "Sam", DAY, "09:00");
  await page.getByText("15:00 at Bright Dental").waitFor();
  await fill(page, "Robin Weber");
  const other = await on.enter();
  const { data } = await call<{ data: { id: string; name: string }[] }>(other.page, "GET", "/services");
  const id = data.find((one) => one.name === "Check-up")?.id;
  const body = { service_id: id, start: at(DAY, "15:00"), staff_ids: [sam.staff] };
  await call(other.page, "POST", "/bookings", body);
  await other.context.close();
  await page.getByRole("button", { name: "Book", exact: true }).press("Enter");
  const refused = page.getByRole("alert");
  await refused.getByText("These are free:").waitFor();
  await assertAccessible(page, "a time that is taken");
  await screenshot(page, "public-taken");
  await refused.getByRole("button").first().press("Enter");
  // The focus is where it goes on.
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "It is booked" }).waitFor();
  assert.equal((await bookings()).length, 3);
  assert.deepEqual(faults, []);
  await context.close();
});

test("B4: Cara moves her booking and cancels it by her own link; too late, she is told what to do", async () => {
  const { context, page, faults } = await visit(on.browser, on.service, { viewport: PHONE });
  await policy({ reschedule_notice_minutes: 43_200, cancel_notice_minutes: 43_200 });
  await page.goto(mine);
  await page.getByText("Get in touch with Bright Dental").waitFor();
  assert.equal(await page.getByRole("button", { name: "Cancel it…" }).count(), 0);
  await screenshot(page, "public-late-phone");
  await policy({ reschedule_notice_minutes: 60, cancel_notice_minutes: 60 });
  await page.reload();
  await page.getByRole("button", { name: "Another time…" }).click();
  await page.getByRole("radio", { name: new RegExp(`^${dayWords(DAY)}`) }).check();
  // It is not in its own way.
  await time(page, "13:30").check();
  await settled(page);
  await assertAccessible(page, "another time");
  await screenshot(page, "public-move-phone");
  await page.getByRole("button", { name: /^Move it to/ }).click();
  await page.getByText(/It is moved to .*13:30/).waitFor();
  const there = async () =>
    (await sam.elsewhere.events()).filter((one) => one.start === Date.parse(at(DAY, "13:30"))).length;
  await until("its event to be moved", async () => (await there()) === 1);
  // Somebody who shuts the door meanwhile is heard.
  await page.getByRole("button", { name: "Cancel it…" }).click();
  await policy({ cancel_notice_minutes: 43_200 });
  await page.getByRole("button", { name: "Cancel the booking" }).click();
  await page
    .getByRole("alert")
    .getByText(/too late/)
    .waitFor();
  await policy({ cancel_notice_minutes: 60 });
  await page.getByRole("button", { name: "Cancel the booking" }).click();
  await page.getByRole("heading", { name: "It is cancelled" }).waitFor();
  await until("its event to be gone", async () => (await there()) === 0);
  assert.equal(
    await page.evaluate(() => document.querySelector<HTMLMetaElement>("meta[name=referrer]")?.content),
    "no-referrer",
  );
  await page.goto(`${mine}x`);
  await page.getByRole("heading", { name: "There is no such booking" }).waitFor();
  assert.doesNotMatch(on.service.log(), new RegExp(mine.split("/").pop() ?? "x"), "the link is in no log");
  assert.deepEqual(faults, []);
  await context.close();
});

test("another site shows the page in a frame as high as it is, if that is allowed", async () => {
  const site = createServer((_request, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end(
      `<!doctype html><title>Shop</title><h1>Shop</h1><script src="${on.service.base}/embed.js" data-page="${SLUG}" async></script>`,
    );
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  const address = site.address();
  assert.ok(typeof address === "object" && address);
  const { context, page, faults } = await visit(on.browser, on.service, { viewport: DESKTOP });
  try {
    // Another host than the service's: another site.
    await page.goto(`http://localhost:${address.port}/`);
    const inside = page.frameLocator("iframe");
    await inside.getByRole("heading", { name: "Bright Dental" }).waitFor();
    await inside.getByRole("radio", { name: /^Check-up/ }).check();
    await inside.getByRole("radio", { name: /^Anyone/ }).waitFor();
    await until("the frame to be as high as its page", async () => {
      const frame = await page.locator("iframe").boundingBox();
      const body = await inside.locator("body").evaluate((one) => one.getBoundingClientRect().height);
      return frame !== null && Math.abs(frame.height - Math.max(200, Math.ceil(body))) <= 1;
    });
    await screenshot(page, "public-embedded");
    assert.deepEqual(faults, []);
    await policy({ embeddable: false });
    await page.reload();
    await until("the browser to refuse", async () => faults.some((one) => /frame-ancestors/.test(one)));
  } finally {
    await policy({ embeddable: true });
    site.close();
    await context.close();
  }
});

test("what cannot be said beside a field is said all the same, and the next try books", async () => {
  const { context, page } = await asCustomer();
  await choose(page, "Check-up", "Sam", dayAhead(3), "09:00");
  await fill(page, "Nell Ito");
  // As a program does that fills in all there is.
  await page.locator("[name=website]").fill("https://nell.example", { force: true });
  await page.getByRole("button", { name: "Book", exact: true }).click();
  await page.getByRole("alert").getByText("This cannot be booked like that.").waitFor();
  await page.getByRole("button", { name: "Book", exact: true }).click();
  await page.getByRole("heading", { name: "It is booked" }).waitFor();
  await context.close();
});

const looks = [
  { look: "light", options: { viewport: DESKTOP, scheme: "light" } },
  { look: "dark", options: { viewport: DESKTOP, scheme: "dark" } },
  { look: "phone", options: { viewport: PHONE, scheme: "dark" } },
] as const;

for (const { look, options } of looks) {
  test(`the pages for customers are clean in ${look}`, async () => {
    const { context, page, faults } = await asCustomer(options);
    await page.getByRole("radio", { name: /^Cleaning/ }).check();
    await page.getByRole("radio", { name: /^Both jaws/ }).check();
    await page.getByRole("radio", { name: new RegExp(`^${dayWords(DAY)}`) }).check();
    await time(page, "16:00").check();
    const seen = (name: string) => assertClean(page, `public-${name}`, look);
    await seen("page");
    await page.goto(mine);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await seen("booking");
    await page.goto("/book/nobody");
    await page.getByRole("heading", { name: "There is no such booking page" }).waitFor();
    await seen("nothing");
    assert.deepEqual(faults, []);
    await context.close();
  });
}
