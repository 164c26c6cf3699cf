// What a client offers, who does it and when, who comes: set up through the pages, as a receptionist would.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { connected, DANA, primary } from "./journeys-support.ts";
import { assertAccessible, assertClean, call, LOOKS, screenshot, settled, stage, until } from "./support.ts";

interface Named {
  id: string;
  name: string;
}
type List<T> = { data: T[] };

let client: string;

const on = stage(async (page) => {
  client = await connected(page, { name: "Bright Dental", zone: "Europe/Berlin", account: DANA });
});

/** The only one of a list. */
async function only<T>(page: Page, path: string): Promise<T> {
  const { data } = await call<List<T>>(page, "GET", path);
  assert.equal(data.length, 1, path);
  return data[0] as T;
}

const dialog = (page: Page) => page.getByRole("dialog");

test("from nobody to a week of hours, a service, a closure, a customer and a policy", async () => {
  const { context, page, faults } = await on.enter();

  // Somebody who can be booked.
  await page.goto(`/staff?client=${client}`);
  await page.getByRole("button", { name: "Add staff member" }).click();
  await dialog(page).getByLabel("Name").fill("Sam");
  await dialog(page).getByLabel("E-mail").fill("nobody");
  await dialog(page).getByRole("button", { name: "Add staff member" }).click();
  await dialog(page).getByText("is not a valid email").waitFor();
  await dialog(page).getByLabel("E-mail").fill("sam@bright.example");
  await dialog(page).getByRole("button", { name: "Add staff member" }).click();
  await page.getByRole("heading", { name: "Sam", level: 1 }).waitFor();

  // Hours: Monday by hand, the week by copying, an evening that is wrong and is put right.
  const monday = page.getByRole("group", { name: "Monday" });
  await monday.getByRole("button", { name: /Add hours/ }).click();
  await monday.getByLabel("Monday to").fill("12:30");
  await monday.getByRole("button", { name: /Add hours/ }).click();
  await monday.getByLabel("Monday from").nth(1).fill("12:00");
  await monday.getByLabel("Monday to").nth(1).fill("17:00");
  await page.getByRole("button", { name: "Save the hours" }).click();
  await monday.getByText("overlaps with 09:00–12:30").waitFor();
  await assertAccessible(page, "hours that overlap");
  await monday.getByLabel("Monday from").nth(1).fill("13:30");
  await monday.getByRole("button", { name: /Copy/ }).click();
  await page.getByRole("menuitem", { name: "Monday to Friday" }).click();
  await page.getByText("35 h a week").waitFor();
  await page.getByRole("button", { name: "Add a date" }).click();
  await page.getByRole("group", { name: "Exception 1" }).getByLabel("Date").fill("2027-12-24");
  await page.getByRole("button", { name: "Save the hours" }).click();
  await page.getByText("The hours are saved.").waitFor();
  const sam = await only<Named & { has_hours: boolean }>(page, "/staff");
  assert.ok(sam.has_hours);
  const hours = await call<{ weekly: Record<string, object[]>; exceptions: object[] }>(
    page,
    "GET",
    `/staff/${sam.id}/working-hours`,
  );
  const day = [
    { from: "09:00", to: "12:30" },
    { from: "13:30", to: "17:00" },
  ];
  assert.deepEqual([hours.weekly.friday, hours.weekly.saturday], [day, []]);
  assert.deepEqual(hours.exceptions, [{ date: "2027-12-24", hours: [] }]);

  // Sam's calendars: one makes busy and gets the bookings.
  const calendar = await call<Named>(page, "GET", `/calendars/${await primary(page, client)}`);
  const own = page.getByRole("group", { name: calendar.name });
  await own.getByLabel("Makes busy").check();
  await own.getByLabel("Gets bookings").check();
  await page.getByRole("combobox", { name: "Bookings are written to" }).click();
  await page.getByRole("option", { name: calendar.name }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Sam is saved.").waitFor();
  const linked = await call<{ calendars: object[]; target_calendar_id: string }>(page, "GET", `/staff/${sam.id}`);
  assert.deepEqual(linked.calendars, [{ calendar_id: calendar.id, blocks: true, receives: true }]);
  assert.equal(linked.target_calendar_id, calendar.id);

  // Which of its events take time.
  await page.goto(`/calendars/${calendar.id}`);
  const rules = page.getByRole("region", { name: "What takes time" });
  await rules.getByRole("switch", { name: "Focus time take time" }).click();
  await rules.getByRole("combobox", { name: "Whole days take time" }).click();
  await page.getByRole("option", { name: "Never" }).click();
  const changed = async () => {
    const { busy_rules } = await call<{ busy_rules: Record<string, unknown> }>(
      page,
      "GET",
      `/calendars/${calendar.id}`,
    );
    return busy_rules.focus_time === false && busy_rules.all_day === "never";
  };
  await until("the rules to be saved", changed);

  // A service that Sam does; its terms are said while they are typed.
  await page.goto(`/services?client=${client}`);
  await page.getByRole("button", { name: "Add service" }).click();
  await dialog(page).getByLabel("Name").first().fill("Check-up");
  await dialog(page).getByLabel("Free after").fill("15");
  await dialog(page).getByLabel("Places").fill("3");
  await dialog(page).getByText("1 h + 15 min after, up to 3 people, from 2 h to 60 days ahead").waitFor();
  await dialog(page).getByRole("combobox", { name: "Staff" }).click();
  await page.getByRole("option", { name: "Sam" }).click();
  await page.keyboard.press("Escape");
  await assertAccessible(page, "the editor of a service");
  await screenshot(page, "service-form", false);
  await dialog(page).getByRole("button", { name: "Add service" }).click();
  await page.getByText("Check-up is added.").waitFor();
  const checkUp = await only<Named & { staff_ids: string[]; capacity: number }>(page, "/services");
  assert.deepEqual([checkUp.staff_ids, checkUp.capacity], [[sam.id], 3]);

  // Archived and back by the button of the message.
  await page.getByRole("button", { name: "Actions for Check-up" }).click();
  await page.getByRole("menuitem", { name: "Archive" }).click();
  await page.getByText("No services yet").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Check-up is back.").waitFor();

  // A closure.
  await page.getByRole("tab", { name: "Closures" }).click();
  await page.getByRole("button", { name: "Add closure" }).click();
  await dialog(page).getByLabel("Name").fill("Christmas");
  await dialog(page).getByLabel("First day").fill("2026-12-26");
  await dialog(page).getByLabel("Last day").fill("2026-12-24");
  await dialog(page).getByRole("button", { name: "Add closure" }).click();
  await dialog(page).getByText("The last day lies before the first.").waitFor();
  await dialog(page).getByLabel("First day").fill("2026-12-24");
  await dialog(page).getByLabel("Last day").fill("2026-12-26");
  await dialog(page).getByRole("button", { name: "Add closure" }).click();
  await page.getByText("Christmas is added.").waitFor();

  // The policy, in sentences.
  await page.getByRole("tab", { name: "Booking policy" }).click();
  await page.getByRole("combobox", { name: "A new booking …" }).click();
  await page.getByRole("option", { name: "waits until somebody says yes" }).click();
  await page.getByLabel("They may cancel until").fill("48");
  await page.getByRole("button", { name: "Save the policy" }).click();
  await page.getByText("The policy is saved.").waitFor();
  const policy = await call<Record<string, unknown>>(page, "GET", `/clients/${client}/booking-policy`);
  assert.deepEqual([policy.confirmation, policy.cancel_notice_minutes], ["by_hand", 2880]);

  // A customer, found by the end of the number.
  await page.goto(`/customers?client=${client}`);
  await page.getByRole("button", { name: "Add customer" }).click();
  await dialog(page).getByLabel("Name").fill("Robin Weber");
  await dialog(page).getByLabel("Phone").fill("+49 (30) 901-820");
  await dialog(page).getByRole("button", { name: "Add customer" }).click();
  await page.getByText("Robin Weber is added.").waitFor();
  await page.getByRole("searchbox").fill("030 901820");
  await page.getByText("Robin Weber", { exact: true }).waitFor();
  await page.getByRole("searchbox").fill("zebra");
  await page.getByText("Nobody matches").waitFor();

  assert.deepEqual(faults, []);
  await context.close();
});

test("what somebody else changed meanwhile is not overwritten unseen", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto(`/services?client=${client}`);
  await page.getByRole("button", { name: "Actions for Check-up" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await dialog(page).getByLabel("Most a day").fill("8");
  const one = await only<Named>(page, "/services");
  await call(page, "PATCH", `/services/${one.id}`, { price_text: "80 €" });
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await dialog(page).getByText("Somebody changed this service since you read it.").waitFor();
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await page.getByText("Check-up is saved.").waitFor();
  const saved = await only<{ daily_limit: number; price_text: string }>(page, "/services");
  assert.deepEqual([saved.daily_limit, saved.price_text], [8, "80 €"]);
  assert.deepEqual(faults, []);
  await context.close();
});

test("what somebody else adds appears by itself", async () => {
  const { context, page } = await on.enter();
  await page.goto(`/staff?client=${client}`);
  await page.getByText("Sam", { exact: true }).waitFor();
  await settled(page);
  await call(page, "POST", "/staff", { client_id: client, name: "Kim" });
  await page.getByText("Kim", { exact: true }).waitFor();
  await context.close();
});

for (const { look, options } of LOOKS) {
  test(`the pages are clean in ${look}`, async () => {
    const { context, page, faults } = await on.enter(options);
    const { data: staff } = await call<List<Named>>(page, "GET", "/staff?q=sam");
    const pages: [name: string, path: string, heading: string][] = [
      ["services", "/services?x", "Services"],
      ["closures", "/services?tab=closures", "Services"],
      ["policy", "/services?tab=policy", "Services"],
      ["staff", "/staff?x", "Staff"],
      ["staff-member", `/staff/${staff[0]?.id}?x`, "Sam"],
      ["customers", "/customers?x", "Customers"],
    ];
    const calendar = await call<Named>(page, "GET", `/calendars/${await primary(page, client)}`);
    pages.push(["calendar-rules", `/calendars/${calendar.id}?x`, calendar.name]);
    for (const [name, path, heading] of pages) {
      await page.goto(`${path}&client=${client}`);
      await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await assertClean(page, name, look);
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
}
