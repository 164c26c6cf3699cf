// Bookings by hand where two things meet: a note and a colleague, a search and a new name, a card between the quarters,
// a service and who has left.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { type Booking, clock, type Deed, dayAhead, dialog, at as instant, member, ZONE } from "./bookings-support.ts";
import { call, settled, stage, until } from "./support.ts";

const DAY = dayAhead(2);
const at = (time: string) => instant(DAY, time);

let client: string;
let sam: string;
let tina: string;
let service: string;

const on = stage(async (page) => {
  const facts = { name: "Bright Dental", email: "desk@bright.example", time_zone: ZONE };
  client = (await call<{ id: string }>(page, "POST", "/clients", facts)).id;
  sam = await member(page, client, { name: "Sam" });
  tina = await member(page, client, { name: "Tina" });
  service = await offer(page, "Check-up", [sam, tina]);
});

async function offer(page: Page, name: string, staff_ids: string[], more: object = {}): Promise<string> {
  const facts = { client_id: client, name, duration_minutes: 60, step_minutes: 10, notice_minutes: 0, staff_ids };
  return (await call<{ id: string }>(page, "POST", "/services", { ...facts, ...more })).id;
}
const book = (page: Page, time: string, staff_ids: string[], service_id = service) =>
  call<Booking>(page, "POST", "/bookings", { service_id, start: at(time), staff_ids });
const read = <T = Booking>(page: Page, id: string) => call<T>(page, "GET", `/bookings/${id}`);
/** As somebody else would, on another machine. */
async function writeNotes(page: Page, id: string, notes: object): Promise<void> {
  const asked = await page.request.get("/api/v1/auth/me");
  const csrf = (await asked.json()).csrf_token;
  const headers = { "X-CSRF-Token": csrf, Origin: new URL(asked.url()).origin, "If-Match": "*" };
  const answer = await page.request.patch(`/api/v1/bookings/${id}`, { data: notes, headers });
  assert.ok(answer.ok(), await answer.text());
}
const deeds = async (page: Page, id: string) =>
  (await call<{ data: Deed[] }>(page, "GET", `/bookings/${id}/history`)).data.map((one) => one.action);

test("a note that is being typed stays when somebody else writes the other one", async () => {
  const { context, page, faults } = await on.enter();
  const { id } = await book(page, "09:00", [sam]);
  await page.goto(`/bookings?client=${client}&booking=${id}`);
  const shared = dialog(page).getByLabel("For everybody");
  const own = dialog(page).getByLabel("Private");
  await own.fill("Afraid of needles");
  await writeNotes(page, id, { notes_shared: "First visit" });
  await until("the other note to appear", async () => (await shared.inputValue()) === "First visit");
  assert.equal(await own.inputValue(), "Afraid of needles");

  // Also when this page learns of it only by being refused.
  await page.route("**/api/v1/stream", (route) => route.abort());
  await page.reload();
  await own.fill("Afraid of the drill");
  await writeNotes(page, id, { notes_shared: "Second visit" });
  await dialog(page).getByRole("button", { name: "Save the notes" }).click();
  await until("the other note to be read again", async () => (await shared.inputValue()) === "Second visit");
  assert.equal(await own.inputValue(), "Afraid of the drill");
  const save = dialog(page).getByRole("button", { name: "Save the notes" });
  await save.click();
  await save.waitFor({ state: "detached" });
  const saved = await read<{ notes_shared: string; notes_private: string }>(page, id);
  assert.deepEqual([saved.notes_shared, saved.notes_private], ["Second visit", "Afraid of the drill"]);

  // What was saved is no draft any more: the next change of somebody else is seen.
  await writeNotes(page, id, { notes_private: "Not afraid" });
  await page.reload();
  await until("their note to appear", async () => (await own.inputValue()) === "Not afraid");
  assert.deepEqual(faults, []);
  await context.close();
});

test("who is not found is somebody new of that name", async () => {
  const { context, page, faults } = await on.enter();
  const { id } = await book(page, "10:20", [sam]);
  await page.goto(`/bookings?client=${client}&booking=${id}`);
  await page.getByRole("button", { name: "Say who comes…" }).click();
  const guest = dialog(page, "Who comes?");
  const search = guest.getByPlaceholder("Name, e-mail or phone number");
  const name = guest.getByLabel("Customer’s name");
  await search.fill("Cara Lind");
  await page.getByText("Nobody matches").waitFor();
  await guest.getByRole("button", { name: "Somebody new" }).click();
  assert.equal(await name.inputValue(), "Cara Lind");

  // What was wiped out again is no name.
  await guest.getByRole("button", { name: "Somebody known instead" }).click();
  await search.pressSequentially("Mo");
  await search.press("Backspace");
  await search.press("Backspace");
  await guest.getByRole("button", { name: "Somebody new" }).click();
  assert.equal(await name.inputValue(), "");
  assert.deepEqual(faults, []);
  await context.close();
});

const card = (page: Page, staff: string, time: string, what = "Check-up") =>
  page.getByRole("list", { name: staff, exact: true }).getByRole("button", { name: new RegExp(`^${time} .*${what}`) });

test("a card between the quarters goes to somebody else at its own time", async () => {
  const { context, page, faults } = await on.enter();
  const { id } = await book(page, "14:10", [sam]);
  await page.goto(`/bookings?view=board&date=${DAY}&client=${client}`);
  await card(page, "Sam", "14:10").focus();
  for (const key of ["Space", "ArrowRight", "Enter"]) await page.keyboard.press(key);
  await card(page, "Tina", "14:10").waitFor();
  await until("Tina to have it", async () => (await read(page, id)).staff[0]?.name === "Tina");
  assert.equal(clock((await read(page, id)).start), "14:10");
  assert.ok((await deeds(page, id)).includes("reassigned"), "it was given away and not moved");

  // Later, it moves by quarters from there.
  await card(page, "Tina", "14:10").focus();
  for (const key of ["Space", "ArrowDown", "Enter"]) await page.keyboard.press(key);
  await until("it to be a quarter later", async () => clock((await read(page, id)).start) === "14:25");
  assert.deepEqual(faults, []);
  await context.close();
});

test("what two people do together is not given to one of them twice", async () => {
  const { context, page, faults } = await on.enter();
  const both = await offer(page, "Extraction", [sam, tina], { assignment: "all_together" });
  const { id } = await book(page, "11:30", [sam, tina], both);
  await page.goto(`/bookings?view=board&date=${DAY}&client=${client}`);
  await card(page, "Sam", "11:30", "Extraction").focus();
  const sent: string[] = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  for (const key of ["Space", "ArrowRight", "Enter"]) await page.keyboard.press(key);
  await settled(page);
  assert.deepEqual(
    sent.filter((url) => url.includes(id)),
    [],
  );
  await card(page, "Sam", "11:30", "Extraction").waitFor();
  await card(page, "Tina", "11:30", "Extraction").waitFor();
  assert.equal(await dialog(page).count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a service says that who does it has left, and does not count them", async () => {
  const { context, page, faults } = await on.enter();
  const kim = await member(page, client, { name: "Kim" });
  await member(page, client, { name: "Robin" });
  const whitening = await offer(page, "Whitening", [kim]);
  await page.goto(`/services?client=${client}`);
  const shown = page.getByRole("listitem").filter({ hasText: "Whitening" });
  await shown.getByText("1 staff member").waitFor();
  await call(page, "PATCH", `/staff/${kim}`, { is_active: false });
  await shown.getByText("Nobody does it yet").waitFor();

  await page.getByRole("button", { name: "Actions for Whitening" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await dialog(page).getByText("Kim (archived)", { exact: true }).first().waitFor();
  assert.equal(await dialog(page).getByText(kim).count(), 0);
  await dialog(page).getByRole("combobox", { name: "Staff" }).click();
  await page.getByRole("option", { name: "Robin" }).click();
  await page.getByRole("option", { name: "Kim (archived)" }).click();
  await page.getByRole("option", { name: "Kim (archived)" }).waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await page.getByText("Whitening is saved.").waitFor();
  await shown.getByText("1 staff member").waitFor();
  const { staff_ids } = await call<{ staff_ids: string[] }>(page, "GET", `/services/${whitening}`);
  assert.equal(staff_ids.length, 1);
  assert.ok(!staff_ids.includes(kim));
  assert.deepEqual(faults, []);
  await context.close();
});

test("Book pressed again after a lost answer is the same booking, and a half-entered one is not thrown away", async () => {
  const { context, page } = await on.enter();
  await page.goto(`/bookings?client=${client}&date=${DAY}&booking=new`);
  await dialog(page).getByLabel("Service").first().click();
  await page.getByRole("option", { name: "Check-up" }).click();
  await dialog(page).getByRole("button", { name: "16:00", exact: true }).click();
  await dialog(page).getByRole("button", { name: "Somebody new" }).click();
  await dialog(page).getByLabel("Customer’s name").fill("Dora Twice");
  await page.keyboard.press("Escape");
  const asked = dialog(page, "Leave without booking?");
  await asked.waitFor();
  await asked.getByRole("button", { name: /Cancel|Stay|Keep/ }).click();
  await asked.waitFor({ state: "detached" });
  assert.equal(await dialog(page).getByLabel("Customer’s name").inputValue(), "Dora Twice");

  // The service books, and its answer does not come back.
  let lost = 0;
  await page.route("**/api/v1/bookings", async (route) => {
    if (route.request().method() !== "POST" || lost > 0) return route.fallback();
    lost += 1;
    await route.fetch();
    await route.abort();
  });
  const press = dialog(page).getByRole("button", { name: /^Book / });
  await press.click();
  await until("the answer to be lost", async () => lost === 1);
  await until("the button to be back", async () => await press.isEnabled());
  await press.click();
  await dialog(page, "Booking").getByText("Dora Twice").first().waitFor();
  const { data } = await call<{ data: Booking[] }>(page, "GET", `/bookings?client_id=${client}&limit=100`);
  assert.equal(data.filter((one) => one.start === data.find(starts("16:00"))?.start).length, 1);
  await context.close();
});

const starts = (time: string) => (one: Booking) => clock(one.start) === time;

test("a booking moves with who has it, and leaves who is archived", async () => {
  const { context, page, faults } = await on.enter();
  const next = dayAhead(3);
  const make = (time: string, staff_ids: string[], service_id = service) =>
    call<Booking>(page, "POST", "/bookings", { service_id, start: instant(next, time), staff_ids });
  const both = await make("11:30", [sam, tina]);
  // Tina alone is taken at 13:00.
  await make("13:00", [tina]);
  await page.goto(`/bookings?client=${client}&booking=${both.id}`);
  await dialog(page).getByRole("button", { name: "Move…" }).click();
  const move = dialog(page, "Move this booking");
  await move.getByText("With Sam and Tina: times").waitFor();
  assert.equal(await move.getByRole("button", { name: "13:00", exact: true }).count(), 0);
  await move.getByRole("button", { name: "12:00", exact: true }).click();
  await move.getByRole("button", { name: "Move the booking" }).click();
  await until("it to be moved", async () => clock((await read(page, both.id)).start) === "12:00");
  assert.equal((await read(page, both.id)).staff.length, 2);

  const robin = await member(page, client, { name: "Robin" });
  const yoga = await offer(page, "Yoga", [robin, tina]);
  const theirs = await make("15:00", [robin], yoga);
  const asked = await page.request.get("/api/v1/auth/me");
  const headers = {
    "X-CSRF-Token": (await asked.json()).csrf_token,
    Origin: new URL(asked.url()).origin,
    "If-Match": "*",
  };
  assert.ok((await page.request.delete(`/api/v1/staff/${robin}`, { headers })).ok());
  await page.goto(`/bookings?client=${client}&booking=${theirs.id}`);
  await dialog(page).getByRole("button", { name: "Give to…" }).click();
  const people = dialog(page, "Who does it?");
  await people.getByRole("checkbox", { name: "Robin" }).uncheck();
  await people.getByRole("checkbox", { name: "Tina" }).check();
  await people.getByRole("button", { name: "Give it to them" }).click();
  await page.getByText("With Tina.").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});
