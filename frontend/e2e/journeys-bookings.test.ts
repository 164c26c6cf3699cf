// The journeys R2 to R5, R8, B3 to B5 and B9 (docs: product) with Google, Outlook and a CalDAV server: what is booked is
// at the provider, what happens there reaches the booking, and nobody is booked twice.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Page } from "playwright-core";
import {
  at,
  atCaldav,
  atOutlook,
  type Booking,
  clock,
  type Deed,
  dayAhead,
  dialog,
  handOver,
  later,
  member,
  type Person,
  person,
  practice,
  springAhead,
  withGoogle,
  ZONE,
} from "./bookings-support.ts";
import { startCaldav, startGate, withCaldav } from "./caldav-support.ts";
import { choose, google, YOGA } from "./journeys-support.ts";
import { outlook, withOutlook } from "./outlook-support.ts";
import { assertAccessible, call, screenshot, settled, stage, startService, until, type Visit } from "./support.ts";

interface Checked {
  available: boolean;
  say: string;
  reasons: { code: string }[];
  alternatives: { start: string }[];
}
interface Refusal {
  code: string;
  unavailable: { times: { reasons: { code: string; rule: string }[] }[]; alternatives: { start: string }[] };
}

const DAY = dayAhead(2);
const addDays = (day: string, days: number) => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
const ROBIN = "robin@fabrikam.example";
const CARA = { name: "Cara Lind", phone: "+49 30 1234", email: "cara@example.org" };

let radicale: Awaited<ReturnType<typeof startCaldav>>;
/** The way to it of which one business knows. */
let gate: Awaited<ReturnType<typeof startGate>>;
let own: Awaited<ReturnType<typeof practice>>;
let people: Person[];
/** 45 minutes, with whom one likes. */
let checkUp: string;

const on = stage(
  async (page) => {
    own = await practice(page, on.service, "Bright Dental", radicale.url, "kim@fabrikam.example");
    people = [own.sam, own.tina, own.kim];
    const facts = {
      client_id: own.client,
      name: "Check-up",
      duration_minutes: 45,
      step_minutes: 15,
      notice_minutes: 0,
    };
    const staff_ids = people.map((one) => one.staff);
    const made = { ...facts, after_minutes: 15, horizon_days: 400, staff_ids };
    checkUp = (await call<{ id: string }>(page, "POST", "/services", made)).id;
  },
  async () => {
    radicale = await startCaldav("radicale");
    gate = await startGate(radicale.url);
    return startService({ env: { CALENDAR_STACKER_ALLOW_ADDRESSES: "127.0.0.1" } });
  },
);

after(async () => {
  await gate?.close();
  radicale?.stop();
});

const signedIn = (): Promise<Visit> => on.enter();
const book = (page: Page, who: Person, start: string, more: object = {}) =>
  call<Booking>(page, "POST", "/bookings", { service_id: checkUp, staff_ids: [who.staff], start, ...more });
const bookingNow = (page: Page, { id }: Booking) => call<Booking>(page, "GET", `/bookings/${id}`);
const deeds = async (page: Page, { id }: Booking) =>
  (await call<{ data: Deed[] }>(page, "GET", `/bookings/${id}/history`)).data;
const check = (page: Page, start: string, who?: Person, what = checkUp) =>
  call<Checked>(
    page,
    "GET",
    `/availability/check?service_id=${what}&start=${start}${who ? `&staff_id=${who.staff}` : ""}&time_zone=${ZONE}`,
  );
const sync = (page: Page, who: Person) => call(page, "POST", `/calendars/${who.calendar}/sync`);
/** Bookings at the provider on a day: when they begin. */
const startsThere = async (who: Person, title: string, day: string): Promise<string[]> =>
  (await who.elsewhere.events())
    .filter((one) => one.title.includes(title) && new Date(one.start).toISOString().startsWith(day))
    .map((one) => clock(new Date(one.start).toISOString()))
    .sort();
/** The events of bookings are at the provider where they should be on a day, and nowhere else. */
const stands = (who: Person, title: string, day: string, ...times: string[]) =>
  until(
    `${title} of ${who.name} at the provider on ${day}: ${times.join(", ") || "none"}`,
    async () => String(await startsThere(who, title, day)) === String(times.toSorted()),
    // After an outage the next try may be a minute away.
    120,
  );

/** Asks for what will be refused. */
async function refused(page: Page, path: string, body: object): Promise<Refusal & { id?: string; status: number }> {
  const asked = await page.request.get("/api/v1/auth/me");
  const answer = await page.request.post(`/api/v1${path}`, {
    data: body,
    headers: { "X-CSRF-Token": (await asked.json()).csrf_token, Origin: on.service.base },
  });
  return { ...(await answer.json()), status: answer.status() };
}

/** A business of which Robin's calendar is there, and how it goes away from there and comes back. */
interface Side {
  client: string;
  robin: Person;
  away: () => Promise<unknown>;
  back: () => Promise<unknown>;
}
const sides: Record<string, (page: Page) => Promise<Side>> = {
  Google: async (page) => {
    const { fail, heal } = google(on.service);
    const { client, person: robin } = await withGoogle(page, on.service, "Riverside Yoga", YOGA, "Robin");
    return { client, robin, away: () => fail("calendar.*", 503, YOGA), back: heal };
  },
  Outlook: async (page) => {
    const { addAccount, fail, heal } = outlook(on.service);
    await addAccount(ROBIN, "Robin", "W. Europe Standard Time");
    const { client, calendar, there } = await withOutlook(page, "Fabrikam Yoga", ROBIN);
    const robin = await person(page, client, "Robin", { calendar, there, elsewhere: atOutlook(on.service, there) });
    return { client, robin, away: () => fail("graph.*", 503, ROBIN), back: heal };
  },
  Radicale: async (page) => {
    const { client, calendar, there } = await withCaldav(page, "Northside Yoga", gate.url);
    // What happens at the server itself needs no way to it.
    const elsewhere = atCaldav(new URL(new URL(there).pathname, radicale.url).href);
    const robin = await person(page, client, "Robin", { calendar, there, elsewhere });
    return { client, robin, away: gate.close, back: gate.open };
  },
};

// Side by side: what happens elsewhere is looked after twice a minute, and each has days of its own.
describe("bookings and calendars", { concurrency: 5 }, () => {
  for (const [side, arrange] of Object.entries(sides)) {
    test(`R4: while ${side} is away the policy decides; afterwards what is well is well by itself, and a clash is for its owner`, async () => {
      const { context, page, faults } = await signedIn();
      const { client, robin, away, back } = await arrange(page);
      const tara = await member(page, client, { name: "Tara" });
      const facts = { client_id: client, name: "Class", duration_minutes: 60, notice_minutes: 0 };
      const staff_ids = [robin.staff, tara];
      const { id: lesson } = await call<{ id: string }>(page, "POST", "/services", { ...facts, staff_ids });
      const day = dayAhead(4);
      const body = (time: string) => ({ service_id: lesson, start: at(day, time), staff_ids: [robin.staff] });
      const policy = (on_unknown: string) => call(page, "PATCH", `/clients/${client}/booking-policy`, { on_unknown });
      await away();
      await policy("block");
      const no = await refused(page, "/bookings", body("10:00"));
      assert.equal(no.unavailable.times[0]?.reasons[0]?.rule, "sources", JSON.stringify(no));
      await policy("accept_and_flag");
      const well = await call<Booking>(page, "POST", "/bookings", body("10:00"));
      const clash = await call<Booking>(page, "POST", "/bookings", body("13:00"));
      assert.deepEqual([well.flagged, well.status], [true, "confirmed"]);
      await page.goto(`/bookings?client=${client}`);
      await page.getByText("Look at it").nth(1).waitFor();
      await page.goto(`/sync?client=${client}`);
      await page.getByRole("list", { name: "Changes on the way" }).getByText("Class").first().waitFor();
      await screenshot(page, `journey-outage-${side.toLowerCase()}`, false);

      // Somebody was busy all along; nobody could know.
      await robin.elsewhere.add({ title: "Dentist", start: at(day, "13:00"), end: at(day, "14:00") });
      assert.equal((await robin.elsewhere.events()).length, 1, "nothing was written meanwhile");

      await back();
      await sync(page, robin);
      await until("the good one to be well by itself", async () => !(await bookingNow(page, well)).flagged, 120);

      await until(
        "the clash to be found",
        async () => (await deeds(page, clash)).some((one) => one.action === "clash"),
        60,
      );

      await stands(robin, "Class", day, "10:00", "13:00");

      await page.goto(`/bookings?client=${client}&booking=${clash.id}`);
      await dialog(page).getByText("Something else takes the time").waitFor();
      await settled(page);
      await assertAccessible(page, "a clash");
      await screenshot(page, `journey-clash-${side.toLowerCase()}`, false);
      await handOver(page, "Robin", "Tara");
      assert.equal((await bookingNow(page, clash)).staff[0]?.name, "Tara");
      await stands(robin, "Class", day, "10:00");
      assert.equal((await robin.elsewhere.events()).length, 2, "what is Robin’s own stays");
      assert.deepEqual(faults, []);
      await context.close();
    });
  }

  test("R8, B5: moved or deleted there, a booking asks its owner, who chooses; or follows, if that is the policy", async () => {
    const { context, page, faults } = await signedIn();
    const day = dayAhead(4);
    const made = await Promise.all(people.map((who) => book(page, who, at(day, "10:00"))));
    for (const who of people) await stands(who, "Check-up", day, "10:00");
    const deleted = await book(page, own.kim, at(day, "15:00"));
    const event = async (who: Person, time: string) =>
      (await who.elsewhere.events()).find((one) => one.start === Date.parse(at(day, time)))?.id ?? "";
    await until("the second one to be there", async () => (await event(own.kim, "15:00")) !== "");
    // What was never read there, Outlook does not tell of being gone.
    await sync(page, own.kim);
    for (const who of people) await who.elsewhere.move(await event(who, "10:00"), at(day, "12:00"), at(day, "12:45"));
    await own.kim.elsewhere.remove(await event(own.kim, "15:00"));
    // Also in Outlook: a whole day, and every week for ever.
    const wall = (date: string, time: string) => ({
      dateTime: `${date}T${time}:00`,
      timeZone: "W. Europe Standard Time",
    });
    const next = dayAhead(5);
    const night = addDays(next, 1);
    const fair = { subject: "Trade fair", isAllDay: true, showAs: "busy" };
    await outlook(on.service).add(own.kim.there, { ...fair, start: wall(next, "00:00"), end: wall(night, "00:00") });
    const monday = dayAhead(1);
    const pattern = { type: "weekly", interval: 1, daysOfWeek: ["monday"] };
    await outlook(on.service).add(own.kim.there, {
      subject: "Barber school",
      start: wall(monday, "09:00"),
      end: wall(monday, "11:00"),
      recurrence: { pattern, range: { type: "noEnd", startDate: monday } },
    });
    for (const who of people) await sync(page, who);
    const busy = async (start: string) => (await check(page, start, own.kim)).reasons.map((one) => one.code);
    assert.deepEqual(await busy(at(next, "10:00")), ["busy"]);
    const far = addDays(monday, 364);
    assert.deepEqual(await busy(at(far, "09:30")), ["busy"]);
    assert.deepEqual(await busy(at(far, "11:30")), []);

    await until(
      "all four to be marked",
      async () =>
        (await Promise.all([...made, deleted].map((one) => bookingNow(page, one)))).every((one) => one.flagged),
      60,
    );
    await page.goto(`/bookings?client=${own.client}&flagged=true`);
    await page.getByText("Look at it").nth(3).waitFor();
    await settled(page);
    await assertAccessible(page, "bookings to be looked at");
    await screenshot(page, "journey-flagged", false);
    const open = async (one: Booking | undefined) => {
      await page.goto(`/bookings?client=${own.client}&booking=${one?.id}`);
      await dialog(page).getByText("Its event says something else").waitFor();
    };
    const [sams, tinas, kims] = made as [Booking, Booking, Booking];
    // Sam's and Tina's follow; Kim's two are put back.
    for (const one of [sams, tinas]) {
      await open(one);
      await dialog(page).getByRole("button", { name: "The event: let the booking follow" }).click();
      await dialog(page)
        .getByText(/12:00 – 12:45/)
        .waitFor();
    }
    await assertAccessible(page, "a booking that followed");
    for (const one of [kims, deleted]) {
      await open(one);
      await dialog(page).getByRole("button", { name: "The booking: put the event back" }).click();
      await until("it to be settled", async () => !(await bookingNow(page, one)).flagged);
    }
    await until("both of Kim’s events to be back", async () => {
      const starts = (await own.kim.elsewhere.events())
        .filter((one) => one.title.includes("Check-up"))
        .map((one) => one.start);
      return [at(day, "10:00"), at(day, "15:00")].every((time) => starts.includes(Date.parse(time)));
    });
    assert.deepEqual(
      (await deeds(page, sams)).map((one) => one.action),
      ["created", "moved_in_calendar", "moved", "settled"],
    );
    assert.deepEqual(faults, []);
    await context.close();
  });

  for (const name of ["Sam", "Tina", "Kim"]) {
    test(`R2, R5, B4: ${name}`, async () => {
      const who = people.find((one) => one.name === name) as Person;
      const { context, page, faults } = await signedIn();
      // Somebody calls: is it free? then it is theirs, however often the line breaks.
      const asked = await check(page, at(DAY, "10:00"), who);
      assert.ok(asked.available, asked.say);
      const first = await book(page, who, at(DAY, "10:00"), { customer: CARA, external_id: `call-${name}` });
      const again = await book(page, who, at(DAY, "10:00"), { customer: CARA, external_id: `call-${name}` });
      assert.equal(again.id, first.id);
      await stands(who, "Check-up", DAY, "10:00");

      await page.goto(`/bookings?client=${own.client}&booking=${first.id}`);
      await dialog(page).getByText("In the calendar", { exact: true }).first().waitFor();
      await dialog(page).getByRole("button", { name: "Move…" }).click();
      const move = dialog(page, "Move this booking");
      await move.getByRole("button", { name: "13:15", exact: true }).click();
      await move.getByRole("button", { name: "Move the booking" }).click();
      await dialog(page, "Booking")
        .getByText(/13:15 – 14:00/)
        .first()
        .waitFor();
      await stands(who, "Check-up", DAY, "13:15");
      assert.ok((await check(page, at(DAY, "10:00"), who)).available, "its old time is free at once");

      // At the last it is gone there already: cancelling succeeds all the same.
      if (who === own.sam) {
        const moved = (await who.elsewhere.events()).find((one) => one.start === Date.parse(at(DAY, "13:15")));
        await who.elsewhere.remove(moved?.id ?? "");
      }
      await page.getByRole("button", { name: "Cancel…" }).click();
      const cancel = dialog(page, "Cancel this booking?");
      await cancel.getByRole("button", { name: "Cancel the booking" }).click();
      await page.getByText("The booking is cancelled.").first().waitFor();
      await stands(who, "Check-up", DAY);
      await until("nothing to be on the way", async () => (await bookingNow(page, first)).sync.state === "none");
      assert.ok((await check(page, at(DAY, "13:15"), who)).available);
      assert.deepEqual(faults, []);
      await context.close();
    });
  }

  test("B4: given from one provider to another, it leaves the one calendar and comes into the other", async () => {
    const { context, page } = await signedIn();
    const day = dayAhead(2, 14);
    const given = await book(page, own.sam, at(day, "15:00"));
    await stands(own.sam, "Check-up", day, "15:00");
    await call(page, "POST", `/bookings/${given.id}/reassign`, { staff_ids: [own.kim.staff] });
    await stands(own.kim, "Check-up", day, "15:00");
    await stands(own.sam, "Check-up", day);
    await call(page, "POST", `/bookings/${given.id}/cancel`, {});
    await stands(own.kim, "Check-up", day);
    await context.close();
  });

  test("R3, B3: busy, closed, past, and in a night that has no such hour: refused with the nearest times; of two callers one gets it", async () => {
    const { context, page, faults } = await signedIn();
    const day = dayAhead(3);
    const sometime = (title: string, from: string, to: string) => ({ title, start: at(day, from), end: at(day, to) });
    for (const { elsewhere } of people) {
      await elsewhere.add({ ...sometime("Doctor", "10:00", "11:00"), secret: true });
      await elsewhere.add({ ...sometime("Focus", "12:00", "13:00"), free: true });
    }
    // An invitation that is declined stays in a calendar at Google.
    await google(on.service).add(own.sam.there, {
      summary: "Lunch",
      attendees: [{ email: own.sam.there, self: true, responseStatus: "declined" }],
      start: { dateTime: at(day, "14:00") },
      end: { dateTime: at(day, "15:00") },
    });
    for (const who of people) await sync(page, who);
    await call(page, "POST", "/closures", {
      client_id: own.client,
      name: "Staff meeting",
      starts_at: at(day, "15:30"),
      ends_at: at(day, "16:00"),
    });
    for (const who of people) {
      const codes = async (time: string) => (await check(page, at(day, time), who)).reasons.map((one) => one.code);
      assert.deepEqual(await codes("10:15"), ["busy"], who.name);
      assert.deepEqual(await codes("09:10"), ["buffer"], who.name);
      assert.deepEqual(await codes("12:15"), [], who.name);
      assert.deepEqual(await codes("14:00"), [], who.name);
      assert.deepEqual(await codes("15:30"), ["closed"]);
      assert.deepEqual(await codes("16:30"), ["outside_hours"]);
      const asked = { service_id: checkUp, start: at(day, "10:15"), staff_ids: [who.staff] };
      const why = await refused(page, "/bookings", asked);
      assert.deepEqual([why.status, why.code], [409, "slot_unavailable"]);
      assert.deepEqual(
        why.unavailable.alternatives.map((one) => clock(one.start)),
        ["11:00", "11:15", "11:30"],
      );
      assert.doesNotMatch(JSON.stringify(why), /Doctor/, "what it is about is nobody’s business");
    }
    const past = await refused(page, "/bookings", { service_id: checkUp, start: "2020-01-07T10:00:00Z" });
    assert.match(JSON.stringify(past), /in_the_past/);
    assert.ok(past.unavailable.alternatives.length > 0);
    // In the night in which clocks go forward nobody of them works; who does, has no time between two and three.
    const spring = springAhead();
    const night = await check(page, `${spring}T01:30:00Z`);
    assert.equal(night.available, false);
    assert.match(night.say, /03:30|3:30/, "said as the clock on the wall shows it");
    const nora = await member(page, own.client, { name: "Nora", hours: ["00:00", "24:00"] });
    const watch = { client_id: own.client, name: "Night watch", duration_minutes: 30, step_minutes: 30 };
    const { id: shift } = await call<{ id: string }>(page, "POST", "/services", {
      ...watch,
      notice_minutes: 0,
      horizon_days: 400,
      staff_ids: [nora],
    });
    const range = `from=${at(spring, "01:00")}&to=${at(spring, "04:00")}`;
    const path = `/availability/slots?service_id=${shift}&${range}&time_zone=${ZONE}`;
    const free = (await call<{ data: { local: string }[] }>(page, "GET", path)).data;
    assert.deepEqual(
      free.map((one) => one.local.slice(11, 16)),
      ["01:00", "01:30", "03:00", "03:30"],
    );

    // What a person sees who tries it by hand.
    for (const who of people) {
      await page.goto(`/bookings?client=${own.client}&booking=new&date=${day}`);
      await choose(page, "Service", "Check-up");
      await choose(page, "With", who.name);
      await dialog(page).getByRole("button", { name: "11:00", exact: true }).waitFor();
      assert.equal(await dialog(page).getByRole("button", { name: "10:15", exact: true }).count(), 0);
      await dialog(page).getByRole("button", { name: "12:15", exact: true }).waitFor();

      const both = { service_id: checkUp, start: at(day, "11:00"), staff_ids: [who.staff] };
      const answers = await Promise.all([
        refused(page, "/bookings", { ...both, external_id: `${who.name} one` }),
        refused(page, "/bookings", { ...both, external_id: `${who.name} two` }),
      ]);
      assert.deepEqual(answers.map((one) => one.status).sort(), [201, 409]);
      await stands(who, "Check-up", day, "11:00");
      const won = answers.find((one) => one.status === 201);
      await call(page, "POST", `/bookings/${won?.id}/cancel`, {});
      await stands(who, "Check-up", day);
    }
    assert.deepEqual(faults, []);
    await context.close();
  });

  test("B9: two do it together, one of them in another zone, in the week in which clocks go forward", async () => {
    const { context, page, faults } = await signedIn();
    // In London it is an hour earlier all the year; in New York clocks went forward two weeks before.
    const weekly = Object.fromEntries(["monday", "sunday"].map((day) => [day, [{ from: "08:00", to: "12:00" }]]));
    const hours = { time_zone: "America/New_York", weekly, exceptions: [] };
    const kim = { client_id: own.client, name: "Kim abroad", target_calendar_id: own.kim.calendar };
    const calendars = [{ calendar_id: own.kim.calendar, blocks: true, receives: true }];
    const { id: abroad } = await call<{ id: string }>(page, "POST", "/staff", { ...kim, calendars });
    await call(page, "PUT", `/staff/${abroad}/working-hours`, hours);
    const facts = {
      client_id: own.client,
      name: "Root canal",
      duration_minutes: 60,
      step_minutes: 60,
      notice_minutes: 0,
    };
    const together = { assignment: "all_together", staff_ids: [own.sam.staff, abroad], horizon_days: 400 };
    const { id: surgery } = await call<{ id: string }>(page, "POST", "/services", { ...facts, ...together });
    const slots = async (day: string) => {
      const range = `from=${at(day, "04:00")}&to=${at(day, "23:00")}`;
      const path = `/availability/slots?service_id=${surgery}&${range}&time_zone=${ZONE}`;
      return (await call<{ data: { local: string }[] }>(page, "GET", path)).data.map((one) => one.local.slice(11, 16));
    };
    // Five hours apart before Berlin's clocks go forward, six hours after.
    const spring = springAhead(14);
    assert.deepEqual(await slots(addDays(spring, -6)), ["13:00", "14:00", "15:00", "16:00"]);
    assert.deepEqual(await slots(spring), ["14:00", "15:00", "16:00"]);
    assert.deepEqual(await slots(addDays(spring, 1)), ["14:00", "15:00", "16:00"]);
    const start = at(addDays(spring, 1), "15:00");
    const made = await call<Booking>(page, "POST", "/bookings", { service_id: surgery, start });
    assert.deepEqual(made.staff.map((one) => one.name).sort(), ["Kim abroad", "Sam"]);
    for (const who of [own.sam, own.kim]) await stands(who, "Root canal", start.slice(0, 10), "15:00");
    const why = await refused(page, "/bookings", { service_id: surgery, start: later(start, 30) });
    assert.equal(why.code, "slot_unavailable");
    await page.goto(`/bookings?client=${own.client}&booking=${made.id}`);
    await dialog(page).getByText("With Sam and Kim abroad.").waitFor();
    await call(page, "POST", `/bookings/${made.id}/cancel`, {});
    for (const who of [own.sam, own.kim]) await stands(who, "Root canal", start.slice(0, 10));
    assert.deepEqual(faults, []);
    await context.close();
  });

  test("once it has begun, somebody came or nobody did", async () => {
    const { context, page, faults } = await signedIn();
    const client = await call<{ id: string }>(page, "POST", "/clients", {
      name: "Night Desk",
      email: "night@desk.example",
      time_zone: ZONE,
    });
    const staff: string[] = [];
    for (const name of ["Max", "Noa"]) staff.push(await member(page, client.id, { name, hours: ["00:00", "24:00"] }));
    const facts = { client_id: client.id, name: "Key", duration_minutes: 5, notice_minutes: 0, staff_ids: staff };
    const { id: key } = await call<{ id: string }>(page, "POST", "/services", facts);
    // In whole seconds, as calendars keep them.
    const start = new Date(Math.ceil(Date.now() / 1000 + 4) * 1000).toISOString();
    const made: Booking[] = [];
    for (const one of staff)
      made.push(await call<Booking>(page, "POST", "/bookings", { service_id: key, start, staff_ids: [one] }));
    await until("it to begin", async () => Date.now() > Date.parse(start) + 500);
    for (const [one, button] of [
      [made[0], "Completed"],
      [made[1], "Nobody came"],
    ] as const) {
      await page.goto(`/bookings?client=${client.id}&booking=${one?.id}`);
      await dialog(page).getByRole("button", { name: button }).click();
      await dialog(page).getByText(button, { exact: true }).first().waitFor();
    }
    const stand = await Promise.all(made.map(async (one) => (await bookingNow(page, one)).status));
    assert.deepEqual(stand, ["completed", "no_show"]);
    assert.deepEqual(faults, []);
    await context.close();
  });
});
