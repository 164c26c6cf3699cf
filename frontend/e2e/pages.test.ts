// Every page in light, in dark and on a phone: axe finds nothing, nothing scrolls sideways, the browser reports no fault.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import {
  assertAccessible,
  assertNoSideScroll,
  call,
  LOOKS,
  launch,
  OWNER,
  type Service,
  screenshot,
  settled,
  signIn,
  startService,
  type Visit,
  type VisitOptions,
  visit,
} from "./support.ts";

let service: Service;
let browser: Browser;
let owner: VisitOptions["as"];
let client: string;

before(async () => {
  service = await startService();
  browser = await launch();
  const { context, page, faults } = await visit(browser, service);
  await page.goto("/");
  await page.getByRole("heading", { name: "Welcome" }).waitFor();
  await assertAccessible(page, "set-up");
  await screenshot(page, "setup-light");
  await page.getByLabel("Organisation").fill(OWNER.tenant_name);
  await page.getByLabel("Your name").fill(OWNER.name);
  await page.getByLabel("E-mail").fill(OWNER.email);
  await page.getByRole("textbox", { name: "Password" }).fill(OWNER.password);
  await page.getByRole("button", { name: "Create and start" }).click();
  await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  owner = await context.storageState();
  assert.deepEqual(faults, []);
  for (const [name, email] of [
    ["Bright Dental", "hello@bright.example"],
    ["Café Lumière", "bonjour@lumiere.example"],
    ["Northside Physio", "desk@northside.example"],
  ]) {
    const made = await call<{ id: string }>(page, "POST", "/clients", {
      name,
      email,
      time_zone: "Europe/Berlin",
    });
    client ??= made.id;
  }
  await context.close();
});

after(async () => {
  await browser?.close();
  await service?.stop();
});

const pages: [name: string, path: () => string, heading: string | RegExp][] = [
  ["dashboard", () => "/", "Dashboard"],
  ["clients", () => "/clients", "Clients"],
  ["clients-none", () => "/clients?q=zebra", "Clients"],
  ["client-form", () => "/clients?new=true", "Clients"],
  ["client", () => `/clients/${client}`, "Bright Dental"],
  ["client-credentials", () => `/clients/${client}?tab=credentials`, "Bright Dental"],
  ["client-calendars", () => `/clients/${client}?tab=calendars`, "Bright Dental"],
  ["client-settings", () => `/clients/${client}?tab=settings`, "Bright Dental"],
  ["calendar", () => "/calendar", "Calendar"],
  ["events", () => "/events", "Events"],
  ["credentials", () => "/credentials", "Credentials"],
  ["credential-new", () => "/credentials/new", /./],
  ["calendars", () => "/calendars", "Calendars"],
  ["settings", () => "/settings", "Settings"],
  ["settings-appearance", () => "/settings?tab=appearance", "Settings"],
  ["settings-keys", () => "/settings?tab=api-keys", "Settings"],
  ["help", () => "/help", "Help"],
  ["help-shortcuts", () => "/help?topic=shortcuts", "Help"],
  ["not-found", () => "/nowhere", "This page does not exist"],
];

for (const { look, options } of LOOKS) {
  // One browser for all pages of a look, as people have it; the program is loaded once.
  let shared: Visit | undefined;
  for (const [name, path, heading] of pages) {
    test(`${name} is clean in ${look}`, async () => {
      shared ??= await visit(browser, service, { ...options, as: owner });
      const { page, faults } = shared;
      faults.length = 0;
      await page.goto(path());
      await page.getByRole("heading", { name: heading, level: 1 }).first().waitFor();
      await settled(page);
      await screenshot(page, `${name}-${look}`, !name.endsWith("form"));
      const alerts = await page.getByRole("alert").allInnerTexts();
      assert.deepEqual(alerts.filter(Boolean), [], "nothing failed");
      await assertNoSideScroll(page, name);
      await assertAccessible(page, `${name} (${look})`);
      assert.deepEqual(faults, []);
    });
  }

  test(`signing in is clean in ${look}`, async () => {
    const { context, page, faults } = await visit(browser, service, options);
    await page.goto("/settings?tab=appearance");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await screenshot(page, `login-${look}`);
    await assertNoSideScroll(page, "login");
    await assertAccessible(page, `login (${look})`);
    await signIn(page, undefined, "not the password");
    await page.getByRole("alert").waitFor();
    await assertAccessible(page, `failed login (${look})`);
    await signIn(page);
    // Back to where the person wanted to go.
    await page.getByRole("radio", { name: "Dark" }).waitFor();
    assert.deepEqual(faults, []);
    await context.close();
  });

  test(`the palette, the switcher and the menus are clean in ${look}`, async () => {
    const { context, page, faults } = await visit(browser, service, { ...options, as: owner });
    await page.goto("/");
    await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
    await settled(page);
    await page.keyboard.press("Control+k");
    await page.getByRole("textbox", { name: "Search or type a command" }).fill("cli");
    await page.getByRole("option", { name: "Clients", exact: true }).waitFor();
    await screenshot(page, `palette-${look}`, false);
    await assertAccessible(page, `palette (${look})`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Client: / }).click();
    await page.getByRole("option", { name: /Bright Dental/ }).waitFor();
    await screenshot(page, `switcher-${look}`, false);
    await assertAccessible(page, `switcher (${look})`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /: account of / }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    await assertAccessible(page, `account menu (${look})`);
    await page.keyboard.press("Escape");
    if (look === "phone") {
      await page.getByRole("button", { name: "Open navigation" }).click();
      await page.getByRole("link", { name: "Clients", exact: true }).waitFor();
      await screenshot(page, "navigation-phone", false);
      await assertAccessible(page, "navigation (phone)");
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
}
