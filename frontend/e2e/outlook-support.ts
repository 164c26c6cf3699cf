// The simulated Microsoft from the outside: its people, its pages, and what happens in Outlook behind our back.
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import type { Page } from "playwright-core";
import { call, type Service } from "./support.ts";

export const MIRA = "mira.sandbox@contoso.example";
export const LEO = "leo.sandbox@outlook.com";

export interface OutlookEvent {
  id: string;
  subject: string;
  type: "singleInstance" | "seriesMaster" | "occurrence" | "exception";
  start: { dateTime: string; timeZone: string };
  originalStartTimeZone: string;
  recurrence: { pattern: Record<string, unknown>; range: Record<string, unknown> } | null;
  attendees: { emailAddress: { address: string }; status: { response: string } }[];
}

/** Speaks to the control plane of the sandbox's Microsoft; its address stands in the service's log. */
export function outlook(service: Service) {
  const log = stripVTControlCharacters(service.log());
  const address = /simulated Microsoft listens[^\n]*?address="([^"]+)"/.exec(log)?.[1];
  assert.ok(address, "the sandbox’s Microsoft says where it listens");
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${address}/_control/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${answer.ok ? "" : await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  };
  const named = (id: string) => encodeURIComponent(id);
  return {
    addAccount: (email: string, name: string, timeZone: string, admin = false) =>
      ask("POST", "accounts", { email, name, timeZone, admin }),
    wantAdministrator: (domain: string) => ask("POST", `tenants/${domain}/admin-consent`, { required: true }),
    events: async (calendar: string) =>
      (await ask<{ items: OutlookEvent[] }>("GET", `calendars/${named(calendar)}/events`)).items,
    add: (calendar: string, event: object) => ask<OutlookEvent>("POST", `calendars/${named(calendar)}/events`, event),
    edit: (event: string, change: object) => ask("PATCH", `events/${named(event)}`, change),
    remove: (event: string) => ask("DELETE", `events/${named(event)}`),
    /** The name of the occurrence of a series on a day, as the account itself asks Graph for it. */
    occurrence: async (account: string, series: string, day: string) => {
      const tokens = await ask<{ accessToken: string }>("POST", "tokens", {
        email: account,
        scopes: ["Calendars.Read"],
      });
      const days = `startDateTime=${day}T00:00:00Z&endDateTime=${day}T23:59:59Z`;
      const answer = await fetch(`${address}/v1.0/me/events/${named(series)}/instances?${days}`, {
        headers: { authorization: `Bearer ${tokens.accessToken}` },
      });
      const { value } = (await answer.json()) as { value: { id: string }[] };
      assert.equal(value.length, 1, `an occurrence on ${day}`);
      return value[0]?.id ?? "";
    },
    answer: (event: string, email: string, response: string) =>
      ask("POST", `events/${named(event)}/answer`, { email, response }),
    /** Calls of these operations, of everybody or of one account, go wrong until `heal`. */
    fail: (operation: string, status: number, account?: string) =>
      ask("POST", "faults", { operation, account, effect: { kind: "status", status } }),
    heal: () => ask("DELETE", "faults"),
    /** The account lets nobody in who is not asked anew. */
    revoke: (email: string) => ask("POST", "tokens/revoke", { email, atOnce: true }),
    /** What lets us in is too old; what it is renewed with is not. */
    expire: (email: string) => ask("POST", "tokens/expire", { email }),
    /** Whom Microsoft tells of changes. */
    subscriptions: async () => (await ask<{ items: string[] }>("GET", "subscriptions")).items.length,
    /** How often an operation was asked for. */
    calls: async (operation: string) =>
      (await ask<{ items: unknown[] }>("GET", `journal?operation=${operation}`)).items.length,
  };
}

/** The person on Microsoft's page. */
export async function accept(page: Page, account: string, decision: "Accept" | "Cancel" = "Accept"): Promise<void> {
  await page.getByText("Microsoft simulator").waitFor();
  await page.getByRole("radio", { name: account }).check();
  await page.getByRole("button", { name: decision, exact: true }).click();
}

/** The wizard up to Microsoft's page. */
export async function beginMicrosoft(page: Page, client: string): Promise<void> {
  await page.goto(`/credentials/new?client=${client}`);
  await page.getByRole("radio", { name: /Microsoft 365/ }).click();
  await page.getByRole("button", { name: "Continue to Microsoft" }).click();
}

export interface OwnCalendar {
  id: string;
  receives_bookings: boolean;
  name: string;
  provider: string;
  provider_calendar_id: string;
  primary: boolean;
  selected: boolean;
}

export const calendarsOf = async (page: Page, client: string): Promise<OwnCalendar[]> =>
  (await call<{ data: OwnCalendar[] }>(page, "GET", `/calendars?client_id=${client}&limit=500`)).data;

/** A client whose Outlook account is connected, without looking at how. */
export async function withOutlook(page: Page, name: string, account: string) {
  const email = `${name.toLowerCase().replaceAll(/\W+/g, ".")}@clients.example`;
  const facts = { name, email, time_zone: "Europe/Berlin" };
  const { id: client } = await call<{ id: string }>(page, "POST", "/clients", facts);
  return { client, ...(await connectOutlook(page, client, account)) };
}

/** One more account of a client. */
export async function connectOutlook(page: Page, client: string, account: string) {
  const asked = { client_id: client, provider: "microsoft" };
  const { id: credential } = await call<{ id: string }>(page, "POST", "/credentials", asked);
  const begun = await call<{ authorization_url: string }>(page, "POST", `/credentials/${credential}/authorize`, {});
  const given = await fetch(begun.authorization_url, {
    method: "POST",
    body: new URLSearchParams({ account, decision: "accept" }),
    redirect: "manual",
  });
  const back = await page.request.get(given.headers.get("location") ?? "", { maxRedirects: 0 });
  assert.match(back.headers().location ?? "", /result=connected/, `consent: ${given.status}, ${back.status()}`);
  const own = (await calendarsOf(page, client)).find((one) => one.provider === "microsoft" && one.primary);
  assert.ok(own, "the account has a calendar of its own");
  return { credential, calendar: own.id, there: own.provider_calendar_id };
}
