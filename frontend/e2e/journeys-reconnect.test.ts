// The journeys A4, R6 and B7 (docs: product) at each provider: an account lets us in no more. What was said meanwhile
// waits, the business is told, and once somebody has let us in again all of it is there, once; until they disconnect.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { atCaldav, atGoogle, atOutlook, type Elsewhere } from "./bookings-support.ts";
import { ANN, passwordFile, startCaldav, withCaldav } from "./caldav-support.ts";
import { connected, consent, google, inGrid, primary, rename, YOGA } from "./journeys-support.ts";
import { accept, outlook, withOutlook } from "./outlook-support.ts";
import { assertAccessible, call, screenshot, settled, stage, startService, until } from "./support.ts";

const KIM = "kim@fabrikam.example";

const users = passwordFile();
let radicale: Awaited<ReturnType<typeof startCaldav>>;

const on = stage(undefined, async () => {
  radicale = await startCaldav("radicale", users.path);
  return startService({ env: { CALENDAR_STACKER_ALLOW_ADDRESSES: "127.0.0.1" } });
});

after(() => {
  radicale?.stop();
  users.remove();
});

/** An account of a client's, of that name; how its owner locks us out, and lets us in again. */
interface Side {
  provider: string;
  account: string;
  client: string;
  credential: string;
  calendar: string;
  elsewhere: Elsewhere;
  /** What can be renewed without a person comes to its end. */
  expire?: () => Promise<unknown>;
  withdraw: () => unknown;
  /** Begins on the page of the account. */
  again: (page: Page) => Promise<unknown>;
  /** Nothing is left at the provider of our having been there. */
  left?: () => Promise<boolean>;
}

async function byConsent(page: Page, give: () => Promise<void>): Promise<void> {
  await page.getByRole("button", { name: "Reconnect" }).first().click();
  await give();
  await page.getByText("Now choose which calendars take part").waitFor();
}

const sides: Record<string, (page: Page, name: string) => Promise<Side>> = {
  Google: async (page, name) => {
    const control = google(on.service);
    const client = await connected(page, { name, zone: "Europe/Berlin", account: YOGA });
    const [own] = (await call<{ data: { id: string }[] }>(page, "GET", `/credentials?client_id=${client}`)).data;
    return {
      provider: "Google Calendar",
      account: YOGA,
      client,
      credential: own?.id ?? "",
      calendar: await primary(page, client),
      elsewhere: atGoogle(on.service, YOGA),
      expire: () => control.expire(YOGA),
      withdraw: () => control.revoke(YOGA),
      again: () => byConsent(page, () => consent(page, YOGA)),
      left: async () => (await control.calls("oauth.revoke")) === 1,
    };
  },
  Microsoft: async (page, name) => {
    const control = outlook(on.service);
    await control.addAccount(KIM, "Kim", "W. Europe Standard Time");
    const { client, credential, calendar, there } = await withOutlook(page, name, KIM);
    return {
      provider: "Microsoft 365",
      account: KIM,
      client,
      credential,
      calendar,
      elsewhere: atOutlook(on.service, there),
      expire: () => control.expire(KIM),
      withdraw: () => control.revoke(KIM),
      again: () => byConsent(page, () => accept(page, KIM)),
      left: async () => (await control.subscriptions()) === 0,
    };
  },
  Radicale: async (page, name) => {
    let password = ANN.password;
    const { client, credential, calendar, there } = await withCaldav(page, name, radicale.url);
    return {
      provider: "CalDAV",
      account: ANN.username,
      client,
      credential,
      calendar,
      elsewhere: atCaldav(there, () => password),
      withdraw: () => {
        password = "another-secret";
        users.change(password);
      },
      again: async () => {
        await page.getByRole("button", { name: "Enter the password again" }).click();
        const dialog = page.getByRole("dialog", { name: "Edit account" });
        const field = dialog.getByLabel("New password");
        await field.fill("a guess");
        await dialog.getByRole("button", { name: "Save" }).click();
        await dialog.getByText("The server refuses user name or password").waitFor();
        await settled(page);
        await assertAccessible(page, "a password that is none");
        await screenshot(page, "reconnect-password", false);
        await field.fill(password);
        await dialog.getByRole("button", { name: "Save" }).click();
        await dialog.waitFor({ state: "detached" });
      },
    };
  },
};

describe("an account that lets us in no more", { concurrency: 3 }, () => {
  for (const [place, arrange] of Object.entries(sides)) {
    test(`A4, R6, B7: ${place} lets us in no more, changes wait and people are told; connected again, they arrive, once; disconnected, nothing stays`, async () => {
      const { context, page, faults } = await on.enter();
      const name = `Garage ${place}`;
      const side = await arrange(page, name);
      const { client, calendar, credential, elsewhere } = side;
      const week = `/calendar?view=week&date=2027-03-08&client=${client}`;
      const titles = async () => (await elsewhere.events()).map((one) => one.title);
      const count = async (title: string) => (await titles()).filter((one) => one === title).length;
      const mails = () =>
        on.service
          .mails()
          .filter((mail) => /^Subject: Please connect again/m.test(mail) && mail.includes(`calendars of ${name}`));
      // What is only too old is renewed without anybody.
      await side.expire?.();
      const recall = await call<{ id: string }>(page, "POST", `/calendars/${calendar}/events`, {
        title: "Recall",
        start: { date_time: "2027-03-08T13:00:00", time_zone: "Europe/Berlin" },
        end: { date_time: "2027-03-08T14:00:00", time_zone: "Europe/Berlin" },
      });
      await until("it to be there", async () => (await count("Recall")) === 1);
      const before = (await titles()).length;

      await side.withdraw();
      await rename(page, week, "Recall", "Recall, first");
      await inGrid(page, "Recall, first.*not at the provider yet").waitFor();
      // What was read before is still to be seen, and can be changed on.
      await rename(page, week, "Recall, first", "Recall, second");
      await page.getByRole("button", { name: "New event" }).click();
      await page.getByLabel("Title").fill("Made without permission");
      await page.getByRole("button", { name: "Create event" }).click();
      await inGrid(page, "Made without permission.*not at the provider yet").waitFor();
      await elsewhere.add({ title: "Theirs", start: "2027-03-10T09:00:00.000Z", end: "2027-03-10T10:00:00.000Z" });
      await until("the business to be told", async () => mails().length === 1, 90);
      await page.goto(`/sync?client=${client}`);
      await page.getByRole("list", { name: "Changes on the way" }).getByText("Recall, second").waitFor();
      await settled(page);
      await screenshot(page, `reconnect-waiting-${place.toLowerCase()}`);
      assert.deepEqual([await count("Recall"), (await titles()).length], [1, before + 1], "nothing of ours arrived");

      await page.goto(`/?client=${client}`);
      await page.getByText("One account needs you").waitFor();
      await settled(page);
      await assertAccessible(page, "dashboard with an account that needs somebody");
      await screenshot(page, `reconnect-dashboard-${place.toLowerCase()}`);
      await page.getByRole("link", { name: `Reconnect ${side.provider} of ${name}` }).click();
      await page.getByText("Needs re-authorization").first().waitFor();
      await side.again(page);
      await page.getByText("Valid", { exact: true }).first().waitFor();

      for (const title of ["Recall, second", "Made without permission"])
        await until(`${title} to have arrived`, async () => (await count(title)) === 1, 120);
      await page.goto(`/sync?client=${client}`);
      await page.getByText("Everything has arrived").waitFor();
      assert.equal((await titles()).length, before + 2, "nothing twice");
      // It is the same calendar and the same event: nothing was connected a second time.
      const event = await call<{ title: string; calendar_id: string }>(page, "GET", `/events/${recall.id}`);
      assert.deepEqual([event.title, event.calendar_id], ["Recall, second", calendar]);
      await page.goto(week);
      await inGrid(page, "Theirs").waitFor({ timeout: 120_000 });
      await page.goto(`/?client=${client}`);
      await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
      await settled(page);
      assert.equal(await page.getByText("One account needs you").count(), 0);
      assert.equal(mails().length, 1, "told once");

      if (side.left) await until("us to be known there", async () => !(await side.left?.()), 90);
      await page.goto(`/credentials/${credential}`);
      await page.getByRole("button", { name: "Disconnect…" }).click();
      await page.getByRole("button", { name: "Disconnect", exact: true }).click();
      await page.getByText("Disconnected", { exact: true }).first().waitFor();
      if (side.left) assert.ok(await side.left());
      await page.getByRole("button", { name: "Delete account…" }).click();
      const question = page.getByRole("dialog", { name: "Delete this account?" });
      await question.getByRole("textbox").fill(side.account);
      await question.getByRole("button", { name: "Delete account" }).click();
      await page.getByText(`${side.account} was deleted.`).waitFor();
      for (const what of ["credentials", "calendars", "events"])
        assert.deepEqual((await call<{ data: unknown[] }>(page, "GET", `/${what}?client_id=${client}`)).data, [], what);
      assert.equal((await titles()).length, before + 2, "what is there stays there");
      assert.deepEqual(faults, []);
      await context.close();
    });
  }
});
