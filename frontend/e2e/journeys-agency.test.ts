// The agency's journeys A1 and A2 (docs: product), by hand in a real browser, against the sandbox's Google.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { choose, consent, DANA, google, YOGA } from "./journeys-support.ts";
import { assertAccessible, assertNoSideScroll, call, PHONE, screenshot, settled, stage, until } from "./support.ts";

const on = stage();

const credentials = async (page: Page) =>
  (await call<{ data: { status: string; account_email: string | null }[] }>(page, "GET", "/credentials")).data;

test("A1: a client is onboarded, and only the right Google account is let in", async () => {
  const { context, page, faults } = await on.enter();
  await page.goto("/clients?new=true");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Bright Dental");
  await page.getByRole("textbox", { name: "E-mail", exact: true }).fill("hello@bright.example");
  await page.getByRole("textbox", { name: "Google account" }).fill(DANA);
  await page.getByRole("dialog").getByRole("button", { name: "Add client" }).click();
  await page.getByRole("heading", { name: "Bright Dental", level: 1 }).waitFor();

  // The same address a second time: the error stands at its field.
  await page.goto("/clients?new=true");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Bright Dental again");
  await page.getByRole("textbox", { name: "E-mail", exact: true }).fill("hello@bright.example");
  await page.getByRole("dialog").getByRole("button", { name: "Add client" }).click();
  await page.locator("input[aria-invalid=true]").waitFor();
  assert.equal(await page.locator("input[aria-invalid=true]").inputValue(), "hello@bright.example");

  const client = (await call<{ data: { id: string }[] }>(page, "GET", "/clients")).data[0]?.id ?? "";
  await page.goto(`/credentials/new?client=${client}`);
  await page.getByRole("radio", { name: /Google Calendar/ }).click();
  await page.getByText(`Only ${DANA} will be accepted`).waitFor();
  await assertAccessible(page, "wizard");
  await page.getByRole("button", { name: "Continue to Google" }).click();

  // Denied: nothing is stored.
  await consent(page, DANA, "Deny");
  await page.getByText("Consent was not given").waitFor();
  await assertAccessible(page, "denied consent");
  await screenshot(page, "a1-denied");
  assert.deepEqual(
    (await credentials(page)).map((one) => one.status),
    ["not_authorized"],
  );

  // The wrong account: refused in clear words, nothing stored.
  await page.getByRole("button", { name: "Connect again" }).click();
  await consent(page, YOGA);
  await page.getByText("That was another account").waitFor();
  await screenshot(page, "a1-wrong-account");
  assert.deepEqual(
    (await credentials(page)).map((one) => one.account_email),
    [null],
  );

  // The right one.
  await page.getByRole("button", { name: "Connect again" }).click();
  await page.getByText("Google simulator").waitFor();
  await consent(page, DANA);
  await page.getByText("Now choose which calendars take part").waitFor();
  await page.getByText("Valid", { exact: true }).first().waitFor();
  await page.getByRole("group", { name: "What Family takes part in" }).waitFor();
  await settled(page);
  await assertAccessible(page, "connected account");
  await screenshot(page, "a1-connected");

  // A used consent answer opens nothing.
  const stale = await page.request.get("/api/v1/oauth/callback?code=used&state=used", { maxRedirects: 0 });
  assert.match(stale.headers().location ?? "", /result=error.*code=state_invalid/);
  await page.goto(stale.headers().location ?? "");
  await page.getByText("This consent can no longer be used").waitFor();

  await page.goto("/");
  await settled(page);
  await screenshot(page, "a1-dashboard");
  assert.doesNotMatch(await page.locator("main").innerText(), /went wrong/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("A2: a series with guests is made, answered, changed and deleted", async () => {
  const { context, page, faults } = await on.enter({ zone: "America/New_York" });
  const control = google(on.service);
  await page.goto("/");
  await page.getByRole("button", { name: /^Client: / }).click();
  await page.getByRole("option", { name: /Bright Dental/ }).click();
  await page.getByRole("link", { name: "Calendar", exact: true }).first().click();
  await page.getByText("Week", { exact: true }).waitFor();
  await settled(page);
  await page
    .getByRole("button", { name: /Team stand-up/ })
    .first()
    .waitFor();
  await page.getByText("Europe/Berlin").first().waitFor();
  await assertAccessible(page, "week");
  await screenshot(page, "a2-week");

  // A week without other life in it, by the address.
  await page.goto("/calendar?view=week&date=2027-03-01");
  await settled(page);
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog", { name: /New event/ });
  await dialog.getByLabel("Title").fill("Recall calls");
  assert.equal(await dialog.getByLabel("Starts").inputValue(), "2027-03-01");
  await dialog.getByLabel("Start time").fill("09:00");
  await dialog.getByLabel("End time").fill("09:45");
  assert.match(
    await dialog
      .getByRole("textbox", { name: "Time zone" })
      .or(dialog.getByRole("combobox", { name: "Time zone" }))
      .first()
      .inputValue(),
    /Europe\/Berlin/,
  );
  await choose(page, "Repeat", "Custom…");
  await dialog.getByText("Wed", { exact: true }).click();
  await dialog.getByLabel("Last day").fill("2027-04-07");
  await dialog.getByText("Every week on Monday and Wednesday, until Wed, 7 Apr 2027").waitFor();
  // The service says the dates: 12 of them, at nine on both sides of the clock change.
  await dialog.getByText("12 times").waitFor();
  await dialog.getByRole("textbox", { name: "Guests" }).fill("cara@example.com, not-an-address");
  await dialog.getByRole("textbox", { name: "Guests" }).press("Enter");
  await dialog.getByText("“not-an-address” is not an e-mail address.").waitFor();
  await dialog.getByRole("textbox", { name: "Guests" }).fill("tom@example.org");
  await dialog.getByRole("textbox", { name: "Guests" }).press("Enter");
  await assertAccessible(page, "new event");
  await screenshot(page, "a2-editor", false);
  await dialog.getByRole("button", { name: "Create event" }).click();
  await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027, 09:00 to 09:45/ }).waitFor();
  await page.getByRole("button", { name: /Recall calls, Wed, 3 Mar 2027/ }).waitFor();

  // The same at the provider, and nobody was mailed.
  const made = (await control.events(DANA)).find((event) => event.summary === "Recall calls");
  assert.equal(made?.start.timeZone, "Europe/Berlin");
  assert.deepEqual(made?.recurrence, ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270407T215959Z"]);
  assert.deepEqual(made?.attendees?.map((one) => one.email).sort(), ["cara@example.com", "tom@example.org"]);
  assert.equal((await control.mails()).length, 0);

  // A guest declines in their own calendar; we show it.
  await control.answer(DANA, made?.id ?? "", "cara@example.com", "declined");
  const calendars = (await call<{ data: { id: string; primary: boolean }[] }>(page, "GET", "/calendars")).data;
  await call(page, "POST", `/calendars/${calendars.find((one) => one.primary)?.id}/sync`);
  await page.reload();
  await settled(page);
  await page.getByRole("button", { name: /Recall calls, Wed, 3 Mar 2027/ }).click();
  const open = page.getByRole("dialog", { name: /^Event/ });
  await open.getByText("Declined").waitFor();

  // Only this date.
  await open.getByLabel("Title").fill("Recall calls (long)");
  await open.getByLabel("End time").fill("11:00");
  await open.getByRole("button", { name: "Save" }).click();
  await page.getByRole("radio", { name: "This one" }).check();
  await page.getByRole("dialog", { name: "Save which ones?" }).getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: /Recall calls \(long\), Wed, 3 Mar 2027, 09:00 to 11:00/ }).waitFor();
  await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027/ }).waitFor();

  // This and all later ones, from the next week on.
  await page.getByRole("button", { name: "Next week" }).click();
  await page.getByRole("button", { name: /Recall calls, Mon, 8 Mar 2027/ }).click();
  await open.getByLabel("Location").fill("Room 9");
  await open.getByRole("button", { name: "Save" }).click();
  await page.getByRole("radio", { name: "This and all later ones" }).check();
  await page.getByRole("dialog", { name: "Save which ones?" }).getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: /Recall calls, Mon, 8 Mar 2027.*Room 9/ }).waitFor();
  await page.getByRole("button", { name: "Previous week" }).click();
  await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027/ }).waitFor();
  assert.equal(await page.getByRole("button", { name: /Room 9/ }).count(), 0);
  const halves = (await control.events(DANA)).filter((e) => e.summary === "Recall calls" && e.recurrence);
  assert.equal(halves.length, 2);

  // Deleting asks which ones; going away without an answer deletes nothing.
  await page.getByRole("button", { name: /Recall calls, Mon, 1 Mar 2027/ }).click();
  await open.getByRole("button", { name: "Delete…" }).click();
  const asked = page.getByRole("dialog", { name: /^Delete/ });
  await assertAccessible(page, "delete question");
  await asked.getByRole("button", { name: "Cancel" }).last().click();
  await open.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("radio", { name: "The whole series" }).check();
  await asked.getByRole("button", { name: "Delete", exact: true }).click();
  await until("the first half to be gone", async () =>
    (await control.events(DANA)).every((e) => e.summary !== "Recall calls (long)"),
  );
  await page
    .getByRole("button", { name: /Recall calls/ })
    .first()
    .waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await context.close();
});

test("A5: somebody edits the same event in Google, and both versions are shown", async () => {
  const { context, page, faults } = await on.enter();
  const control = google(on.service);
  await page.goto("/events?from=any&q=Lunch");
  await settled(page);
  await page.getByRole("button", { name: /Lunch with Robin/ }).click();
  const open = page.getByRole("dialog", { name: /^Event/ });
  await open.getByLabel("Title").fill("Lunch with Robin and Kim");
  const lunch = (await control.events(DANA)).find((event) => event.summary === "Lunch with Robin");
  await control.edit(DANA, lunch?.id ?? "", { summary: "Lunch, moved", location: "Canteen" });
  await open.getByRole("button", { name: "Save" }).click();
  const conflict = page.getByRole("dialog", { name: "Changed by somebody else" });
  await conflict.getByText("Lunch, moved").waitFor();
  await assertAccessible(page, "conflict");
  await screenshot(page, "a5-conflict", false);
  await conflict.getByRole("button", { name: "Save as chosen" }).click();
  await page.getByRole("button", { name: /Lunch with Robin and Kim/ }).waitFor();
  // My title, their place.
  const merged = (await control.events(DANA)).find((event) => event.id === lunch?.id);
  assert.deepEqual([merged?.summary, merged?.location], ["Lunch with Robin and Kim", "Canteen"]);
  assert.deepEqual(faults, []);
  await context.close();
});

test("the views of the calendar are clean in every look, and say their zone", async () => {
  for (const look of [
    { name: "dark", options: { scheme: "dark" } as const },
    { name: "phone", options: { viewport: PHONE } },
  ]) {
    const { context, page, faults } = await on.enter(look.options);
    for (const view of ["month", "week", "day", "agenda"]) {
      await page.goto(`/calendar?view=${view}`);
      await settled(page);
      await page.getByText(/Times in/).waitFor();
      await screenshot(page, `calendar-${view}-${look.name}`, false);
      await assertNoSideScroll(page, view);
      // Nor does the grid inside: a phone shows three days of the week.
      const sideways = await page
        .getByRole("main")
        .evaluate(
          (main) =>
            [...main.querySelectorAll("*")].filter(
              (one) => one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(one).overflowX),
            ).length,
        );
      assert.equal(sideways, 0, `${view} (${look.name}) scrolls sideways`);
      await assertAccessible(page, `${view} (${look.name})`);
    }
    assert.deepEqual(faults, []);
    await context.close();
  }
});
