// What surrounds everything: clients, keys, the palette, the switcher, signing in and out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, call, OWNER, signIn, stage, visit } from "./support.ts";

const on = stage();

const open = async (path: string, as = on.owner) => {
  const opened = await visit(on.browser, on.service, { as });
  await opened.page.goto(path);
  return opened;
};

test("a client is added; a second one with the same address is told so at the field, and nothing typed is lost", async () => {
  const { context, page, faults } = await open("/clients");
  await page.getByRole("button", { name: "Add client" }).first().click();
  const form = page.getByRole("dialog", { name: "Add client" });
  await form.getByRole("button", { name: "Add client" }).click();
  await form.getByText("Name the client").waitFor();
  assert.ok(
    await form.getByLabel("Name").evaluate((field) => field === document.activeElement),
    "the first wrong field has the focus",
  );
  await form.getByLabel("Name").fill("Bright Dental");
  await form.getByLabel("E-mail").fill("hello@bright.example");
  await form.getByRole("button", { name: "Add client" }).click();
  await page.getByRole("heading", { name: "Bright Dental", level: 1 }).waitFor();

  await page.goto("/clients?new=true");
  await form.getByLabel("Name").fill("Another practice");
  await form.getByLabel("E-mail").fill("Hello@Bright.example");
  await form.getByRole("button", { name: "Add client" }).click();
  await page.waitForFunction(() => document.querySelector("[aria-invalid=true][type=email]") !== null);
  await assertAccessible(page, "client form with an error");
  assert.equal(await form.getByLabel("Name").inputValue(), "Another practice");
  assert.deepEqual(faults, []);
  await context.close();
});

test("what somebody else changed meanwhile is not overwritten: the form says so, keeps what was typed, and saves on top", async () => {
  const { context, page } = await open("/clients");
  const made = await call<{ id: string }>(page, "POST", "/clients", {
    name: "Twice",
    email: "twice@x.example",
    time_zone: "UTC",
  });
  await page.goto(`/clients/${made.id}?tab=settings`);
  await page.getByLabel("Notes").fill("mine");
  await call(page, "PATCH", `/clients/${made.id}`, { name: "Twice Ltd" });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("Notes").inputValue(), "mine");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("is saved.").waitFor();
  const now = await call<{ name: string; notes: string }>(page, "GET", `/clients/${made.id}`);
  assert.deepEqual([now.name, now.notes], ["Twice Ltd", "mine"]);
  await context.close();
});

test("archiving can be undone; purging wants the name typed", async () => {
  const { context, page } = await open("/clients");
  await call(page, "POST", "/clients", { name: "Old Client", email: "old@x.example", time_zone: "UTC" });
  await page.reload();
  const row = page.getByRole("row", { name: /Old Client/ });
  await page.getByRole("button", { name: "Actions for Old Client" }).click();
  await page.getByRole("menuitem", { name: "Archive" }).click();
  await page.getByText("Old Client is archived.").waitFor();
  await row.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await row.waitFor();

  await page.getByRole("button", { name: "Actions for Old Client" }).click();
  await page.getByRole("menuitem", { name: "Archive" }).click();
  await row.waitFor({ state: "detached" });
  await page.getByText("Archived", { exact: true }).click();
  await page.getByRole("button", { name: "Actions for Old Client" }).click();
  await page.getByRole("menuitem", { name: "Purge…" }).click();
  const question = page.getByRole("dialog", { name: "Purge Old Client?" });
  const purge = question.getByRole("button", { name: "Purge for good" });
  assert.ok(await purge.isDisabled(), "not before the name is typed");
  await assertAccessible(page, "purge question");
  await question.getByRole("textbox").fill("Old Client");
  await purge.click();
  await page.getByText("Nothing archived").waitFor();
  await context.close();
});

test("an API key is shown once, works, and stops working when it is revoked", async () => {
  const { context, page } = await open("/settings?tab=api-keys");
  await page.getByRole("button", { name: "Create key" }).click();
  const form = page.getByRole("dialog", { name: "Create API key" });
  await form.getByLabel("Name").fill("Voice agent");
  await assertAccessible(page, "key form");
  await form.getByRole("button", { name: "Create key" }).click();
  const secret = await page.getByLabel("API key", { exact: true }).inputValue();
  assert.match(secret, /^cs_live_/);
  await assertAccessible(page, "fresh key");
  await page.getByRole("button", { name: "I have copied it" }).click();
  const use = () => fetch(`${on.service.base}/api/v1/clients`, { headers: { Authorization: `Bearer ${secret}` } });
  assert.equal((await use()).status, 200);
  assert.equal((await page.content()).includes(secret), false, "the page keeps no copy");
  await page.getByRole("button", { name: "Revoke Voice agent" }).click();
  await page
    .getByRole("dialog", { name: /^Revoke/ })
    .getByRole("button", { name: "Revoke key" })
    .click();
  await page.getByText("is revoked.").waitFor();
  assert.equal((await use()).status, 401);
  await context.close();
});

test("everything can be reached by keyboard: skip link, palette, go-to keys, help", async () => {
  const { context, page } = await open("/");
  await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");

  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.getByRole("heading", { name: "Clients", level: 1 }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main", "a new page begins at its top");

  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Search or type a command" }).waitFor();
  await page.keyboard.type("icloud");
  await page.getByRole("option", { name: /Connect CalDAV/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /Connect CalDAV/, level: 2 }).waitFor();

  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await assertAccessible(page, "shortcuts dialog");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor({ state: "detached" });
  await context.close();
});

test("the chosen client stays through navigation, back and reload, and is offered again at the next visit", async () => {
  const { context, page } = await open("/");
  const made = await call<{ id: string }>(page, "POST", "/clients", {
    name: "Northside Physio",
    email: "n@x.example",
    time_zone: "UTC",
  });
  await page.getByRole("button", { name: /^Client: All clients/ }).click();
  await page.getByRole("textbox", { name: "Find a client" }).fill("north");
  await page.getByRole("option", { name: /Northside/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`client=${made.id}`));
  await page.getByRole("link", { name: "Help", exact: true }).click();
  await page.waitForURL(new RegExp(`/help.*client=${made.id}`));
  await page.goBack();
  await page.waitForURL(new RegExp(`/\\?client=${made.id}`));
  await page.goto("/settings");
  await page.waitForURL(new RegExp(`/settings\\?client=${made.id}`));
  await call(page, "DELETE", `/clients/${made.id}`);
  await call(page, "DELETE", `/clients/${made.id}?purge=true`);
  await page.goto("/");
  // A client that is gone is let go of.
  await page.getByRole("button", { name: /^Client: All clients/ }).waitFor();
  await context.close();
});

test("a session that ended leads to the sign-in page and back to where one was", async () => {
  const { context, page } = await open("/clients?q=bright");
  await page.getByRole("link", { name: "Bright Dental" }).waitFor();
  await context.clearCookies();
  await page.getByLabel("Search clients").fill("other");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(page);
  await page.waitForURL(/\/clients\?q=/);
  await page.getByRole("heading", { name: "Clients", level: 1 }).waitFor();
  await context.close();
});

test("signing out ends the session and leaves nothing on the page", async () => {
  const { context, page } = await visit(on.browser, on.service);
  await page.goto("/");
  await signIn(page, OWNER.email);
  await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  await page.getByRole("button", { name: /: account of / }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await page.getByRole("heading", { name: "Dashboard" }).count(), 0);
  await context.close();
});

test("without a connection the page says so and keeps what it shows", async () => {
  const { context, page } = await open("/clients");
  await page.getByRole("link", { name: "Bright Dental" }).waitFor();
  await context.setOffline(true);
  await page.getByText("You are offline.").waitFor();
  assert.equal(await page.getByRole("link", { name: "Bright Dental" }).count(), 1);
  await assertAccessible(page, "offline");
  await context.setOffline(false);
  await page.getByText("You are offline.").waitFor({ state: "detached" });
  await context.close();
});
