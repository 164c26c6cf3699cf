// Journeys A2 and A3 without a mouse: every step is a key, and where the focus stands is always to be seen and named.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileChooser, Locator, Page } from "playwright-core";
import { connected, DANA, google } from "./journeys-support.ts";
import { assertAccessible, settled, stage, until } from "./support.ts";

const on = stage(async (page) => {
  await connected(page, { name: "Bright Dental", zone: "Europe/Berlin", account: DANA });
});

/** Where the focus stands: by name, whether that is to be seen, and whether it is what was looked for. */
const focused = (one: Locator) =>
  one.evaluate((wanted) => {
    const at = document.activeElement;
    const name = at?.getAttribute("aria-label") ?? (at as HTMLInputElement | null)?.labels?.[0]?.textContent;
    return {
      reached: at === wanted,
      name: `${at?.tagName.toLowerCase()} “${(name ?? at?.textContent ?? "").slice(0, 60)}”`,
      // Of a date or time the browser marks the part that has the focus: the day, the hour, the picker.
      seen: !!at?.matches(":focus-visible, [type=date]:focus-within, [type=time]:focus-within"),
      // Past the last element the focus is in the browser's own bars for one step.
      outside: at === null || at === document.body,
    };
  });
const has = (one: Locator) => one.evaluate((node) => node === document.activeElement, undefined, { timeout: 2_000 });

/** Walks on with Tab until the element has the focus; every stop on the way must be visible. */
async function tabTo(page: Page, one: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await one.waitFor();
  const way: string[] = [];
  for (let step = 0; step < 90; step += 1) {
    const { reached, name, seen, outside } = await focused(one);
    if (step > 0) {
      way.push(name);
      if (!seen && !outside) throw new Error(`the focus is not to be seen: ${name}`);
    }
    if (reached) return;
    await page.keyboard.press(key);
  }
  throw new Error(`never reached; the way was ${way.join(" → ")}`);
}

const whenFocused = (what: string, one: Locator) => until(what, () => has(one));

test("A2 by keyboard: an event is found, opened, changed, saved and deleted", async () => {
  const { context, page, faults } = await on.enter();
  const control = google(on.service);
  const planning = async () => (await control.events(DANA)).filter((one) => /^Quarterly/.test(one.summary ?? ""));
  await page.goto("/");
  await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();

  // Found from anywhere.
  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Search or type a command" }).waitFor();
  await page.keyboard.type("quarterly");
  await page.getByRole("option", { name: /Search events for “quarterly”/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/events\?.*q=quarterly/);
  await page.getByText("1 events found").or(page.getByText("1 event found")).first().waitFor({ state: "attached" });
  const row = page.getByRole("button", { name: /^Quarterly planning/ });
  await tabTo(page, row);

  // Opened: the focus goes in, stays in, and the first field is the title.
  await page.keyboard.press("Enter");
  const editor = page.getByRole("dialog", { name: /^Event/ });
  const title = editor.getByRole("textbox", { name: "Title" });
  await tabTo(page, title);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Quarterly review");
  const starts = editor.getByLabel("Start time");
  await tabTo(page, starts);
  await page.keyboard.type("1430");
  assert.equal(await starts.inputValue(), "14:30");
  assert.equal(await editor.getByLabel("End time").inputValue(), "16:30", "the end keeps its distance");
  await tabTo(page, editor.getByRole("textbox", { name: "Location" }));
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Room Birch");
  await tabTo(page, editor.getByRole("button", { name: "Save" }));
  await page.keyboard.press("Enter");
  await page.getByText("Saved.").waitFor();
  await editor.waitFor({ state: "detached" });
  const changed = page.getByRole("button", { name: /^Quarterly review/ });
  await whenFocused("the focus to be back where it came from", changed);
  const [there] = await planning();
  assert.deepEqual([there?.summary, there?.location], ["Quarterly review", "Room Birch"]);
  assert.match(there?.start.dateTime ?? "", /T14:30/);

  // Escape with something unsaved asks first, and the question itself is answered by keys.
  await page.keyboard.press("Enter");
  await tabTo(page, title);
  await page.keyboard.type("!");
  await page.keyboard.press("Escape");
  const leave = page.getByRole("dialog", { name: "Leave without saving?" });
  await leave.waitFor();
  await assertAccessible(page, "question before leaving");
  await tabTo(page, leave.getByRole("button", { name: "Discard changes" }));
  await page.keyboard.press("Enter");
  await editor.waitFor({ state: "detached" });

  // Deleted, after the question.
  await tabTo(page, changed);
  await page.keyboard.press("Enter");
  await tabTo(page, editor.getByRole("button", { name: "Delete" }));
  await page.keyboard.press("Enter");
  const question = page.getByRole("dialog", { name: "Delete “Quarterly review”?" });
  await question.waitFor();
  await tabTo(page, question.getByRole("button", { name: "Delete", exact: true }));
  await page.keyboard.press("Enter");
  await page.getByText("“Quarterly review” was deleted.").waitFor();
  await page.getByText("Nothing matches").waitFor();
  assert.deepEqual(await planning(), []);
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), "BODY", "the focus has a place to be");
  assert.deepEqual(faults, []);
  await context.close();
});

test("A2 by keyboard: a series is made in the calendar, and from one date on it is changed", async () => {
  const { context, page, faults } = await on.enter();
  const control = google(on.service);
  await page.goto("/calendar?view=week&date=2027-03-01");
  await page
    .getByRole("button", { name: /^Time slot 2027-03-01/ })
    .first()
    .waitFor();
  await page.keyboard.press("n");
  const editor = page.getByRole("dialog", { name: /^New event/ });
  await whenFocused("the title to have the focus", editor.getByRole("textbox", { name: "Title" }));
  await page.keyboard.type("Recall calls");
  await tabTo(
    page,
    editor.getByRole("combobox", { name: "Repeat" }).or(editor.getByRole("textbox", { name: "Repeat" })),
  );
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name: "Every week on Monday", exact: true }).waitFor();
  for (let step = 0; step < 10; step += 1) {
    if (
      await page
        .getByRole("option", { name: "Every week on Monday", exact: true })
        .getAttribute("data-combobox-selected")
    )
      break;
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  await editor.getByText("Endless. Next (Europe/Berlin):").waitFor();
  await tabTo(page, editor.getByRole("textbox", { name: "Guests" }));
  await page.keyboard.type("cara@example.com");
  await page.keyboard.press("Enter");
  await editor.getByRole("list", { name: "Guests" }).getByText("cara@example.com").waitFor();
  await tabTo(page, editor.getByRole("button", { name: "Create event" }));
  await page.keyboard.press("Enter");
  await editor.waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Recall calls, Mon, 1 Mar 2027, 09:00/ }).waitFor();

  // On to the next week by key; this and the later ones move to another room.
  await page.keyboard.press("ArrowRight");
  const second = page.getByRole("button", { name: /^Recall calls, Mon, 8 Mar 2027/ });
  await tabTo(page, second);
  await page.keyboard.press("Enter");
  const open = page.getByRole("dialog", { name: /^Event/ });
  await tabTo(page, open.getByRole("textbox", { name: "Location" }));
  await page.keyboard.type("Room 9");
  await tabTo(page, open.getByRole("button", { name: "Save" }));
  await page.keyboard.press("Enter");
  const which = page.getByRole("dialog", { name: "Save which ones?" });
  await whenFocused("the first choice to have the focus", which.getByRole("radio", { name: "This one" }));
  await page.keyboard.press("ArrowDown");
  await whenFocused("the next choice", which.getByRole("radio", { name: "This and all later ones" }));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Recall calls, Mon, 8 Mar 2027.*Room 9/ }).waitFor();
  await until("two halves at the provider", async () => {
    const halves = (await control.events(DANA)).filter((one) => one.summary === "Recall calls" && one.recurrence);
    return halves.length === 2 && halves.some((one) => one.location === "Room 9");
  });
  assert.deepEqual(faults, []);
  await context.close();
});

test("A3 by keyboard: a calendar file is dropped in, looked at, applied and taken back", async () => {
  const { context, page, faults } = await on.enter();
  const control = google(on.service);
  const there = async () => (await control.events(DANA)).filter((one) => /^Inspection/.test(one.summary ?? "")).length;
  const event = (n: number) => [
    ...["BEGIN:VEVENT", `UID:inspection-${n}`, "DTSTAMP:20270101T000000Z", `SUMMARY:Inspection ${n}`],
    ...[`DTSTART:2027041${n}T080000Z`, `DTEND:2027041${n}T090000Z`, "END:VEVENT"],
  ];
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//a//b//EN",
    ...[1, 2, 3].flatMap(event),
    "END:VCALENDAR",
    "",
  ];
  const file = { name: "inspections.ics", mimeType: "text/calendar", buffer: Buffer.from(lines.join("\r\n")) };
  await page.goto("/");
  await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  await tabTo(page, page.getByRole("link", { name: "Bulk work", exact: true }));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Bulk work", level: 1 }).waitFor();
  await settled(page);
  // The window of the operating system is not the page's.
  let chooser: FileChooser | null = null;
  await until("the window for files", async () => {
    // A page that has just come may take the focus to its heading.
    await tabTo(page, page.getByRole("button", { name: /Choose a file/ }));
    const opens = page.waitForEvent("filechooser", { timeout: 3_000 }).catch(() => null);
    await page.keyboard.press("Enter");
    chooser = await opens;
    return chooser !== null;
  });
  await (chooser as FileChooser | null)?.setFiles(file);
  await page.getByRole("heading", { name: "inspections.ics", level: 1 }).waitFor();
  const calendar = page.getByRole("combobox", { name: "Calendar of events that name none" });
  await tabTo(page, calendar.or(page.getByRole("textbox", { name: "Calendar of events that name none" })).first());
  await page.keyboard.type(DANA);
  await page
    .getByRole("option", { name: new RegExp(DANA) })
    .first()
    .waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Dry run" }));
  await page.keyboard.press("Enter");
  await page.getByText("3 lines: 3 new.").waitFor();

  // One of them is looked at, and the way back is where it was.
  const row = page.getByRole("table", { name: "Lines" }).getByRole("button").first();
  await tabTo(page, row);
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("dialog", { name: /^Line / });
  await drawer.getByText("Inspection 1").first().waitFor();
  await page.keyboard.press("Escape");
  await whenFocused("the focus to be back at the line", row);
  await tabTo(page, page.getByRole("button", { name: "Apply", exact: true }), "Shift+Tab");
  await page.keyboard.press("Enter");
  const undo = page.getByRole("button", { name: "Undo…" });
  await undo.waitFor();
  await until("all three to be there", async () => (await there()) === 3);

  await tabTo(page, undo);
  await page.keyboard.press("Enter");
  await page.getByText("This takes back").waitFor();
  await tabTo(page, page.getByRole("button", { name: "Apply", exact: true }));
  await page.keyboard.press("Enter");
  await until("all three to be gone", async () => (await there()) === 0);
  await page.getByRole("main").getByText("Done", { exact: true }).first().waitFor();
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), "BODY", "the focus has a place to be");
  assert.deepEqual(faults, []);
  await context.close();
});
