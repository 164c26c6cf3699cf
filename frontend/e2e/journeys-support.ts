// What the journeys share: the person on the simulated Google's pages, and what happens in Google behind our back.
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { stripVTControlCharacters } from "node:util";
import type { Page } from "playwright-core";
import { call, type Service } from "./support.ts";

export const DANA = "dana.sandbox@example.com";
export const YOGA = "riverside.yoga@example.com";

/** Speaks to the control plane of the sandbox's Google; its address stands in the service's log. */
export function google(service: Pick<Service, "log">) {
  const log = stripVTControlCharacters(service.log());
  const address = /simulated Google listens[^\n]*?address="([^"]+)"/.exec(log)?.[1];
  assert.ok(address, "the sandbox’s Google says where it listens");
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${address}/_control/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  };
  return {
    events: async (calendar: string) =>
      (await call<{ items: GoogleEvent[] }>("GET", `calendars/${encodeURIComponent(calendar)}/events`)).items.filter(
        (event) => event.status !== "cancelled",
      ),
    edit: (calendar: string, event: string, change: object) =>
      call("PATCH", `calendars/${encodeURIComponent(calendar)}/events/${event}`, change),
    answer: (calendar: string, event: string, email: string, responseStatus: string) =>
      call("POST", `calendars/${encodeURIComponent(calendar)}/events/${event}/answer`, { email, responseStatus }),
    addCalendar: async (owner: string, summary: string, timeZone: string) =>
      (await call<{ id: string }>("POST", "calendars", { owner, summary, timeZone })).id,
    /** Many events; over kept connections, because `fetch` alone would take longer than the service. */
    fill: async (calendar: string, events: object[]) => {
      const agent = new Agent({ keepAlive: true });
      const path = `${address}/_control/calendars/${encodeURIComponent(calendar)}/events`;
      const rest = events.values();
      const hand = async () => {
        for (const event of rest) await post(agent, path, event);
      };
      await Promise.all([hand(), hand(), hand(), hand()]);
      agent.destroy();
    },
    mails: async () => (await call<{ items: unknown[] }>("GET", "mails")).items,
    remove: (calendar: string, event: string) =>
      call("DELETE", `calendars/${encodeURIComponent(calendar)}/events/${event}`),
    add: (calendar: string, event: object) =>
      call<GoogleEvent>("POST", `calendars/${encodeURIComponent(calendar)}/events`, event),
    /** How often an operation was asked for. */
    calls: async (operation: string) =>
      (await call<{ items: unknown[] }>("GET", `journal?operation=${operation}`)).items.length,
    share: (calendar: string, email: string, role: "reader" | "writer") =>
      call("POST", `calendars/${encodeURIComponent(calendar)}/share`, { email, role }),
    /** Calls of these operations, of everybody or of one account, go wrong until `heal`. */
    fail: (operation: string, status: number, account?: string) =>
      call("POST", "faults", { operation, account, effect: { kind: "status", status } }),
    heal: () => call("DELETE", "faults"),
    revoke: (email: string) => call("POST", "tokens/revoke", { email }),
    /** What lets us in is too old; what it is renewed with is not. */
    expire: (email: string) => call("POST", "tokens/expire", { email }),
  };
}

const post = (agent: Agent, url: string, body: object) =>
  new Promise<void>((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    request(url, { method: "POST", agent, headers }, (answer) => {
      answer
        .resume()
        .on("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))));
    })
      .on("error", reject)
      .end(JSON.stringify(body));
  });

export interface GoogleEvent {
  id: string;
  status: string;
  summary?: string;
  location?: string;
  start: { dateTime?: string; date?: string; timeZone?: string };
  end: { dateTime?: string; date?: string; timeZone?: string };
  recurrence?: string[];
  recurringEventId?: string;
  attendees?: { email: string; responseStatus: string }[];
}

/** The person on the consent page. */
export async function consent(page: Page, account: string, decision: "Allow" | "Deny" = "Allow"): Promise<void> {
  await page.getByText("Google simulator").waitFor();
  await page.getByRole("radio", { name: account }).check();
  await page.getByRole("button", { name: decision, exact: true }).click();
}

/** The wizard up to the consent page. */
export async function beginGoogle(page: Page, client: string): Promise<void> {
  await page.goto(`/credentials/new?client=${client}`);
  await page.getByRole("radio", { name: /Google Calendar/ }).click();
  await page.getByRole("button", { name: "Continue to Google" }).click();
}

/** A client whose Google account is connected, without looking at how (that is A1 and R1). Returns its id. */
export async function connected(
  page: Page,
  { name, zone, account }: { name: string; zone: string; account: string },
): Promise<string> {
  const email = `${name.toLowerCase().replaceAll(/\W+/g, ".")}@clients.example`;
  const { id } = await call<{ id: string }>(page, "POST", "/clients", { name, email, time_zone: zone });
  const credential = await call<{ id: string }>(page, "POST", "/credentials", { client_id: id, provider: "google" });
  await agree(page, credential.id, account);
  return id;
}

/** Consent for a credential, given without a page. */
export async function agree(page: Page, credential: string, account: string): Promise<void> {
  const asked = await call<{ authorization_url: string }>(page, "POST", `/credentials/${credential}/authorize`, {});
  const given = await fetch(asked.authorization_url, {
    method: "POST",
    body: new URLSearchParams({ account, decision: "allow", scope: "https://www.googleapis.com/auth/calendar" }),
    redirect: "manual",
  });
  const back = await page.request.get(given.headers.get("location") ?? "", { maxRedirects: 0 });
  assert.match(back.headers().location ?? "", /result=connected/, `consent: ${given.status}, ${back.status()}`);
}

/** The calendar that is the account's own. */
export async function primary(page: Page, client: string): Promise<string> {
  const { data } = await call<{ data: { id: string; primary: boolean }[] }>(
    page,
    "GET",
    `/calendars?client_id=${client}&limit=500`,
  );
  const own = data.find((one) => one.primary);
  assert.ok(own, "the account has a calendar of its own");
  return own.id;
}

/** An event in a calendar, by what its name begins with or says. */
export const inGrid = (page: Page, title: string) =>
  page.getByRole("button", { name: new RegExp(`^.*${title}`) }).first();

/** Renames an event in the editor beside the week. */
export async function rename(page: Page, week: string, from: string, to: string): Promise<void> {
  await page.goto(week);
  await inGrid(page, from).click();
  await page.getByLabel("Title").fill(to);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** Chooses in a select by typing nothing: opens it and clicks the option. */
export async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await page
    .getByRole("combobox", { name: label, exact: true })
    .or(page.getByRole("textbox", { name: label, exact: true }))
    .first()
    .click();
  await page.getByRole("option", { name: option }).first().click();
}
