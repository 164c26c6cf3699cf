// Bookings by hand: R2 (book while somebody calls), B3 (why a time is not free), B4 (moved, given away, cancelled too late).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import {
  type Booking,
  clock,
  type Deed,
  dayAhead,
  dialog,
  handOver,
  at as instant,
  member,
  ZONE,
} from "./bookings-support.ts";
import { choose, connected, DANA, google, primary } from "./journeys-support.ts";
import { assertAccessible, assertClean, call, LOOKS, screenshot, settled, stage, until } from "./support.ts";

const DAY = dayAhead(2);
const at = (time: string) => instant(DAY, time);

let client: string;
let calendar: string;

const on = stage(async (page) => {
  client = await connected(page, { name: "Bright Dental", zone: ZONE, account: DANA });
  calendar = await primary(page, client);
  const staff = [
    await member(page, client, { name: "Sam", calendar, blocks: false }),
    await member(page, client, { name: "Tina" }),
  ];
  await call(page, "POST", "/services", {
    client_id: client,
    name: "Check-up",
    duration_minutes: 60,
    step_minutes: 30,
    notice_minutes: 0,
    staff_ids: staff,
  });
  // Later than a month before nobody may change their mind: so every change here is late.
  await call(page, "PATCH", `/clients/${client}/booking-policy`, { cancel_notice_minutes: 43_200 });
});

const bookings = async (page: Page) =>
  (await call<{ data: Booking[] }>(page, "GET", `/bookings?client_id=${client}`)).data;
const history = async (page: Page, id: string) =>
  (await call<{ data: Deed[] }>(page, "GET", `/bookings/${id}/history`)).data;

/** The form of a new booking with Sam on the day. */
async function beginBooking(page: Page): Promise<void> {
  await page.goto(`/bookings?client=${client}&date=${DAY}`);
  await page.getByRole("button", { name: "New booking" }).click();
  await choose(page, "With", "Sam");
}
const slot = (page: Page, time: string) => dialog(page).getByRole("button", { name: time, exact: true });

let first: Booking;

test("R2: two people want the same time; one gets it, the other one gets the reason and other times", async () => {
  const one = await on.enter();
  const two = await on.enter();
  await beginBooking(one.page);
  await beginBooking(two.page);
  await slot(one.page, "10:00").click();
  await slot(two.page, "10:00").click();
  await screenshot(one.page, "booking-new", false);

  // The first one, for somebody who was never here before.
  await dialog(one.page).getByRole("button", { name: "Somebody new" }).click();
  await dialog(one.page).getByLabel("Customer’s name").fill("Cara Lind");
  await dialog(one.page).getByLabel("Phone").fill("+49 30 1234");
  await dialog(one.page).getByLabel("Notes for everybody").fill("First visit");
  await dialog(one.page).getByLabel("Private notes").fill("Afraid of needles");
  await dialog(one.page)
    .getByRole("button", { name: /^Book / })
    .click();
  await dialog(one.page).getByRole("heading", { name: "Check-up" }).waitFor();
  [first] = (await bookings(one.page)) as [Booking];
  assert.equal(clock(first.start), "10:00");
  await dialog(one.page).getByText("In the calendar", { exact: true }).first().waitFor();
  const written = async () =>
    (await google(on.service).events(DANA)).find((event) => event.summary?.includes("Check-up"));
  await until("the event to be at Google", async () => (await written()) !== undefined);
  assert.doesNotMatch(JSON.stringify(await written()), /needles/, "private notes stay here");

  // The second one asked too late.
  await dialog(two.page)
    .getByRole("button", { name: /^Book / })
    .click();
  const refused = dialog(two.page).getByRole("alert").filter({ hasText: "This time is not free" });
  await refused.waitFor();
  await assertAccessible(two.page, "a time that is taken");
  await screenshot(two.page, "booking-refused", false);
  await refused.getByRole("button").first().click();
  await dialog(two.page)
    .getByRole("button", { name: /^Book / })
    .click();
  await dialog(two.page).getByRole("heading", { name: "Check-up" }).waitFor();
  const all = await bookings(two.page);
  assert.equal(all.length, 2);
  assert.notEqual(all[0]?.start, all[1]?.start);
  assert.deepEqual([...one.faults, ...two.faults], []);
  await one.context.close();
  await two.context.close();
});

test("B3: a time that is not offered says why, and a hold is confirmed", async () => {
  const { context, page, faults } = await on.enter();
  await beginBooking(page);
  await slot(page, "14:00").waitFor();
  await dialog(page).getByLabel("Another time").fill("10:30");
  await dialog(page).getByRole("button", { name: "Ask about it" }).click();
  const why = dialog(page).getByRole("region", { name: "Why is this not free?" });
  await why.getByText("It lies within the working hours.").waitFor();
  await why
    .getByText(/Sam (is|has)/)
    .first()
    .waitFor();
  await assertAccessible(page, "why a time is not free");
  await screenshot(page, "booking-why-not", false);
  // A time between the steps can be had all the same.
  await dialog(page).getByLabel("Another time").fill("14:10");
  await dialog(page).getByRole("button", { name: "Ask about it" }).click();
  await dialog(page).getByRole("button", { name: "Take this time" }).click();
  await dialog(page).getByRole("button", { name: "Hold", exact: true }).click();
  await dialog(page)
    .getByText(/Kept until/)
    .waitFor();
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await dialog(page).getByText("Confirmed").first().waitFor();
  const held = (await bookings(page)).find((one) => clock(one.start) === "14:10");
  assert.equal(held?.status, "confirmed");
  assert.deepEqual(faults, []);
  await context.close();
});

const card = (page: Page, staff: string, time: string) =>
  page.getByRole("list", { name: staff, exact: true }).getByRole("button", { name: new RegExp(`^${time} .*Check-up`) });
const board = `/bookings?view=board&date=${DAY}`;

test("B4: moved by drag and by keys, given to Tina, taken back by Undo; a taken time stays refused", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto(`${board}&client=${client}`);
  await card(page, "Sam", "10:00").waitFor();
  const now = async () => call<Booking>(page, "GET", `/bookings/${first.id}`);

  // Dragged two hours down.
  const from = await card(page, "Sam", "10:00").boundingBox();
  assert.ok(from);
  await page.mouse.move(from.x + 20, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(from.x + 20, from.y + 60, { steps: 3 });
  await page.mouse.move(from.x + 20, from.y + 10 + 64 * 2, { steps: 5 });
  await page.mouse.up();
  await until("the booking to be moved", async () => clock((await now()).start) === "12:00");
  await card(page, "Sam", "12:00").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await until("the move to be undone", async () => clock((await now()).start) === "10:00");

  // By keys to Tina and a quarter later.
  await card(page, "Sam", "10:00").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await until("Tina to have it", async () => (await now()).staff[0]?.name === "Tina");
  await card(page, "Tina", "10:00").waitFor();
  const events = async () => (await google(on.service).events(DANA)).filter((one) => one.summary?.includes("Check-up"));
  await until("its event to leave Sam’s calendar", async () => (await events()).length === 2);
  await card(page, "Tina", "10:00").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await until("it to be a quarter later", async () => clock((await now()).start) === "10:15");

  // Back to Sam at 14:10 is where somebody else is: it stays, and says why.
  await card(page, "Tina", "10:15").focus();
  await page.keyboard.press("Space");
  for (let step = 0; step < 16; step++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await dialog(page).getByText("This time is not free").waitFor();
  await assertAccessible(page, "a card that cannot be put there");
  await page.keyboard.press("Escape");
  await card(page, "Tina", "10:15").waitFor();
  assert.equal(clock((await now()).start), "10:15");
  assert.deepEqual(faults, []);
  await context.close();
});

test("B4: moved and given to Sam from its page; the late wish of a customer is refused, and allowed all the same", async () => {
  const { context, page, faults } = await on.enter();
  // Nobody tells this page what happens elsewhere: it must find out by itself.
  await page.route("**/api/v1/stream", (route) => route.abort());
  await page.goto(`/bookings?client=${client}&booking=${first.id}`);
  await dialog(page).getByRole("button", { name: "Move…" }).click();
  const move = dialog(page, "Move this booking");
  await move.getByRole("button", { name: "09:00", exact: true }).click();
  await move.getByRole("button", { name: "Move the booking" }).click();
  await dialog(page, "Booking")
    .getByText(/09:00 – 10:00/)
    .waitFor();
  await handOver(page, "Tina", "Sam");

  // Somebody else changed it meanwhile: it is shown, and the same again is done on top.
  await page.getByRole("button", { name: "Cancel…" }).click();
  const cancel = dialog(page, "Cancel this booking?");
  await call(page, "POST", `/bookings/${first.id}/reschedule`, { start: at("09:30") });
  await cancel.getByLabel("Why").fill("ill");
  await cancel.getByLabel("The customer asked for it").check();
  await cancel.getByRole("button", { name: "Cancel the booking" }).click();
  await cancel.getByText("Somebody changed this booking since you read it.").waitFor();
  await cancel.getByText(/^Check-up, .*09:30/).waitFor();
  await cancel.getByRole("button", { name: "Cancel the booking" }).click();
  await cancel.getByText(/Customers could have cancelled it until/).waitFor();
  await assertAccessible(page, "a late wish");
  await screenshot(page, "booking-late", false);
  await cancel.getByRole("button", { name: "Cancel it all the same" }).click();
  await page.getByText("The booking is cancelled.").waitFor();
  const deeds = await history(page, first.id);
  assert.match(deeds.at(-1)?.detail ?? "", /allowed by the business/);
  const one = await call<Booking>(page, "GET", `/bookings/${first.id}`);
  assert.equal(one.status, "cancelled");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a booking says who was told; the last deed is taken back; somebody else comes; and dates repeat", async () => {
  const { context, page, faults } = await on.enter();
  const { data } = await call<{ data: { id: string }[] }>(page, "GET", "/services");
  const booked = { service_id: data[0]?.id, start: at("12:00"), staff_ids: [first.staff[0]?.id] };
  const customer = { name: "Mo Adler", email: "mo@example.org" };
  const { id } = await call<Booking>(page, "POST", "/bookings", { ...booked, customer });
  await call(page, "POST", `/bookings/${id}/reschedule`, { start: at("13:00") });
  const now = () => call<Booking & { customer: { name: string } }>(page, "GET", `/bookings/${id}`);
  await page.goto(`/bookings?client=${client}&booking=${id}`);
  await dialog(page)
    .getByText(/Confirmation by e-mail to mo@example\.org/)
    .waitFor();
  await dialog(page).getByRole("button", { name: "Undo: Moved" }).click();
  await until("it to be where it was", async () => clock((await now()).start) === "12:00");
  await dialog(page)
    .getByText(/^Taken back/)
    .waitFor();
  await page.getByRole("button", { name: "Somebody else comes…" }).click();
  const guest = dialog(page, "Who comes?");
  await guest.getByRole("button", { name: "Somebody new" }).click();
  await guest.getByLabel("Customer’s name").fill("Ida Adler");
  await guest.getByRole("button", { name: "Save" }).click();
  await dialog(page, "Booking").getByText("For Ida Adler").waitFor();
  assert.equal((await now()).customer.name, "Ida Adler");
  await settled(page);
  await assertAccessible(page, "a booking with messages");
  await screenshot(page, "booking-messages", false);

  const before = (await bookings(page)).length;
  await beginBooking(page);
  await slot(page, "15:30").click();
  await choose(page, "Repeat", "Every week");
  await dialog(page).getByLabel("How many times").fill("3");
  await dialog(page)
    .getByRole("button", { name: /^Book / })
    .click();
  await page.getByText(/and 2 other dates/).waitFor();
  assert.equal((await bookings(page)).length, before + 3);
  assert.deepEqual(faults, []);
  await context.close();
});

test("what somebody else books appears by itself", async () => {
  const { context, page } = await on.enter();
  await page.goto(`${board}&client=${client}`);
  await card(page, "Sam", "14:10").waitFor();
  await settled(page);
  const { data } = await call<{ data: { id: string }[] }>(page, "GET", "/services");
  await call(page, "POST", "/bookings", {
    service_id: data[0]?.id,
    start: at("16:00"),
    customer: { name: "Robin Weber", phone: "+49 30 99" },
  });
  await page.getByRole("button", { name: /16:00.*Robin Weber/ }).waitFor();
  await context.close();
});

for (const { look, options } of LOOKS) {
  test(`the pages are clean in ${look}`, async () => {
    const { context, page, faults } = await on.enter(options);
    const pages: [name: string, path: string][] = [
      ["bookings", "/bookings?x"],
      ["bookings-board", `${board}`],
      ["booking", `/bookings?booking=${first.id}`],
    ];
    for (const [name, path] of pages) {
      await page.goto(`${path}&client=${client}`);
      await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
      await assertClean(page, name, look, false);
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
}
