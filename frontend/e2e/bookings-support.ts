// A business whose people keep their calendars at three providers, and what stands in those calendars behind our back.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { ANN, calendarOf, collection } from "./caldav-support.ts";
import { connected, DANA, google } from "./journeys-support.ts";
import { connectOutlook, type OwnCalendar, outlook } from "./outlook-support.ts";
import { call, type Service } from "./support.ts";

export const ZONE = "Europe/Berlin";

/** An event as its provider has it. */
export interface There {
  id: string;
  title: string;
  /** Milliseconds. */
  start: number;
}

/** What its owner has to do at a time. */
export interface Plan {
  title: string;
  start: string;
  end: string;
  /** It takes no time. */
  free?: boolean;
  secret?: boolean;
}

/** A calendar at its provider, as its owner uses it there. */
export interface Elsewhere {
  events: () => Promise<There[]>;
  add: (plan: Plan) => Promise<unknown>;
  /** `start` and `end` are instants. */
  move: (id: string, start: string, end: string) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
}

export interface Booking {
  id: string;
  status: string;
  start: string;
  end: string;
  flagged: boolean;
  staff: { id: string; name: string }[];
  sync: { state: string };
}

export interface Deed {
  action: string;
  actor: string;
  detail: string | null;
}

/** What the clock in Berlin shows. */
export const clock = (instant: string): string =>
  new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" }).format(new Date(instant));

/** The instant at which the clock in Berlin shows it, one or two hours ahead of UTC. */
export function at(day: string, time: string): string {
  const found = ["+01:00", "+02:00"]
    .map((offset) => new Date(`${day}T${time}:00${offset}`).toISOString())
    .find((one) => clock(one) === time);
  assert.ok(found, `${time} on ${day}`);
  return found;
}

export const later = (instant: string, minutes: number): string =>
  new Date(Date.parse(instant) + minutes * 60_000).toISOString();

/** A weekday (0 is Sunday) at least so many days ahead. */
export function dayAhead(weekday: number, days = 7): string {
  const day = new Date(Date.now() + days * 86_400_000);
  while (day.getUTCDay() !== weekday) day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}

/** The Sunday at least so many days ahead on which the clocks in Berlin go forward. */
export function springAhead(days = 7): string {
  const soon = Date.now() + days * 86_400_000;
  const lastSunday = (year: number) => {
    const day = new Date(Date.UTC(year, 2, 31));
    day.setUTCDate(31 - day.getUTCDay());
    return day;
  };
  const year = new Date(soon).getUTCFullYear();
  const found = [year, year + 1].map(lastSunday).find((one) => one.getTime() >= soon);
  assert.ok(found);
  return found.toISOString().slice(0, 10);
}

// ── providers ───────────────────────────────────────────────────────────────────────────────────────────────────────
export const atGoogle = (service: Service, calendar: string): Elsewhere => {
  const control = google(service);
  return {
    events: async () =>
      (await control.events(calendar)).map((one) => ({
        id: one.id,
        title: one.summary ?? "",
        start: Date.parse(one.start.dateTime ?? one.start.date ?? ""),
      })),
    add: ({ title, start, end, free, secret }) =>
      control.add(calendar, {
        summary: title,
        start: { dateTime: start },
        end: { dateTime: end },
        ...(free && { transparency: "transparent" }),
        ...(secret && { visibility: "private" }),
      }),
    move: (id, start, end) => control.edit(calendar, id, { start: { dateTime: start }, end: { dateTime: end } }),
    remove: (id) => control.remove(calendar, id),
  };
};

export const atOutlook = (service: Service, calendar: string): Elsewhere => {
  const control = outlook(service);
  const utc = (instant: string) => ({ dateTime: instant.replace("Z", ""), timeZone: "UTC" });
  return {
    events: async () =>
      (await control.events(calendar)).map((one) => ({
        id: one.id,
        title: one.subject,
        start: Date.parse(
          one.start.timeZone === "UTC"
            ? `${one.start.dateTime}Z`
            : at(one.start.dateTime.slice(0, 10), one.start.dateTime.slice(11, 16)),
        ),
      })),
    add: ({ title, start, end, free, secret }) =>
      control.add(calendar, {
        subject: title,
        start: utc(start),
        end: utc(end),
        showAs: free ? "free" : "busy",
        sensitivity: secret ? "private" : "normal",
      }),
    move: (id, start, end) => control.edit(id, { start: utc(start), end: utc(end) }),
    remove: (id) => control.remove(id),
  };
};

/** A collection of Ann's on a CalDAV server. */
export const atCaldav = (url: string, password?: () => string): Elsewhere => {
  const own = collection(url, password);
  const line = (name: string, text: string) => new RegExp(`^${name}[^:\\n]*:(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const stamp = (instant: string) => instant.replaceAll(/[-:]|\.\d+/g, "");
  const event = (text: string) => /BEGIN:VEVENT[\s\S]*END:VEVENT/.exec(text)?.[0] ?? "";
  const begins = (text: string) => {
    const wall = line("DTSTART", event(text)).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d\d/, "$1-$2-$3T$4:$5");
    return Date.parse(wall.endsWith("Z") ? wall : at(wall.slice(0, 10), wall.slice(11)));
  };
  return {
    events: async () =>
      (await own.files()).map(({ path, text }) => ({
        id: path,
        title: line("SUMMARY", event(text)).replaceAll(/\\([,;\\])/g, "$1"),
        start: begins(text),
      })),
    add: ({ title, start, end, free, secret }) => {
      const uid = title.toLowerCase();
      return own.put(
        `${uid}.ics`,
        calendarOf([
          `UID:${uid}`,
          `SUMMARY:${title}`,
          `DTSTART:${stamp(start)}`,
          `DTEND:${stamp(end)}`,
          `TRANSP:${free ? "TRANSPARENT" : "OPAQUE"}`,
          `CLASS:${secret ? "PRIVATE" : "PUBLIC"}`,
        ]),
      );
    },
    move: async (id, start, end) => {
      const text = (await own.files()).find((one) => one.path === id)?.text ?? "";
      const moved = event(text)
        .replace(/^DTSTART.*$/m, `DTSTART:${stamp(start)}`)
        .replace(/^DTEND.*$/m, `DTEND:${stamp(end)}`);
      await own.put(id, text.replace(event(text), moved));
    },
    remove: own.remove,
  };
};

// ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface Person extends Place {
  staff: string;
  name: string;
}

const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

interface Facts {
  name: string;
  calendar?: string;
  /** Events of theirs take time. */
  blocks?: boolean;
  hours?: [from: string, to: string];
}

/** Somebody who works on all days of the week; their calendar makes them busy and gets their bookings. */
export async function member(
  page: Page,
  client: string,
  { name, calendar, blocks = true, hours }: Facts,
): Promise<string> {
  const { id } = await call<{ id: string }>(page, "POST", "/staff", {
    client_id: client,
    name,
    ...(calendar && {
      calendars: [{ calendar_id: calendar, blocks, receives: true }],
      target_calendar_id: calendar,
    }),
  });
  const [from, to] = hours ?? ["09:00", "17:00"];
  const weekly = Object.fromEntries(days.map((day) => [day, [{ from, to }]]));
  await call(page, "PUT", `/staff/${id}/working-hours`, { time_zone: ZONE, weekly, exceptions: [] });
  return id;
}

/** A new calendar at an account of the client, with nothing in it. */
async function fresh(page: Page, client: string, credential: string, name: string): Promise<OwnCalendar> {
  const body = { credential_id: credential, name, time_zone: ZONE };
  return call<OwnCalendar>(page, "POST", `/clients/${client}/calendars`, body);
}

interface Place {
  calendar: string;
  elsewhere: Elsewhere;
  /** As its provider calls it. */
  there: string;
}

/** Somebody whose calendar it is. */
export async function person(page: Page, client: string, name: string, place: Place): Promise<Person> {
  return { ...place, name, staff: await member(page, client, { name, calendar: place.calendar }) };
}

/** A client, and somebody who keeps a calendar at Google. */
export async function withGoogle(page: Page, service: Service, client: string, account: string, name: string) {
  const id = await connected(page, { name: client, zone: ZONE, account });
  const [own] = (await call<{ data: { id: string }[] }>(page, "GET", `/credentials?client_id=${id}`)).data;
  const { id: calendar, provider_calendar_id: there } = await fresh(page, id, own?.id ?? "", `${name}’s appointments`);
  const elsewhere = atGoogle(service, there);
  return { client: id, person: await person(page, id, name, { calendar, there, elsewhere }) };
}

async function withCaldav(page: Page, client: string, server_url: string, name: string): Promise<Person> {
  const facts = { client_id: client, provider: "caldav", server_url, ...ANN };
  const { id } = await call<{ id: string }>(page, "POST", "/credentials", facts);
  const { id: calendar, provider_calendar_id: there } = await fresh(page, client, id, `${name}’s appointments`);
  return person(page, client, name, { calendar, there, elsewhere: atCaldav(new URL(there, server_url).href) });
}

/** One client; Sam keeps his calendar at Google, Tina hers on a CalDAV server, Kim theirs in Outlook. */
export async function practice(page: Page, service: Service, name: string, caldav: string, account: string) {
  const { client, person: sam } = await withGoogle(page, service, name, DANA, "Sam");
  const tina = await withCaldav(page, client, caldav, "Tina");
  await outlook(service).addAccount(account, "Kim", "W. Europe Standard Time");
  const { calendar, there } = await connectOutlook(page, client, account);
  const kim = await person(page, client, "Kim", { calendar, there, elsewhere: atOutlook(service, there) });
  return { client, sam, tina, kim };
}

export const dialog = (page: Page, name?: string) => page.getByRole("dialog", { name });

/** Gives the booking that is open to somebody else. */
export async function handOver(page: Page, from: string, to: string) {
  await dialog(page).getByRole("button", { name: "Give to…" }).click();
  const people = dialog(page, "Who does it?");
  await people.getByRole("checkbox", { name: from }).uncheck();
  await people.getByRole("checkbox", { name: to }).check();
  await people.getByRole("button", { name: "Give it to them" }).click();
  await page.getByText(`With ${to}.`).waitFor();
}
