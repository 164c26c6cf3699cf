// Real CalDAV servers: they end with the tests, can go away and come back, and are used as their owners use them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect as dial, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { call } from "./support.ts";

export const CALDAV = { radicale: "Radicale", sabre: "SabreDAV", davical: "DAViCal" } as const;
export type CaldavServer = keyof typeof CALDAV;
export const ANN = { username: "ann", password: "secret-ann" };

/** Starts one of the servers of `scripts`. `users`: the file of its passwords. */
export async function startCaldav(server: CaldavServer, users?: string): Promise<{ url: string; stop: () => void }> {
  const script = fileURLToPath(new URL(`../../scripts/${server}.sh`, import.meta.url));
  const child = spawn(script, ["--until-eof", ...(users ? ["--users", users] : [])], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const found = /(http:\/\/\S+)\n/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`${CALDAV[server]} ended (${code})`)));
  });
  return { url, stop: () => child.stdin.end() };
}

/** A file in which a server finds Ann's password. Whenever it looks, one stands there: another takes its place as a whole. */
export function passwordFile() {
  const folder = mkdtempSync(join(tmpdir(), "calendar-stacker-users-"));
  const path = join(folder, "users");
  const change = (password: string) => {
    writeFileSync(`${path}.new`, `${ANN.username}:${password}\n`);
    renameSync(`${path}.new`, path);
  };
  change(ANN.password);
  return { path, change, remove: () => rmSync(folder, { recursive: true }) };
}

/** The way to a server. Closed, nobody answers at its address, as when it is stopped; what it stores stays. */
export async function startGate(to: string) {
  const { hostname, port } = new URL(to);
  const open = new Set<Socket>();
  const gate = createServer((near) => {
    const far = dial(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  const listen = (at: number) => new Promise<void>((resolve) => gate.listen(at, "127.0.0.1", resolve));
  await listen(0);
  const address = gate.address();
  assert.ok(address && typeof address === "object");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    open: () => listen(address.port),
    close: () =>
      new Promise<void>((resolve) => {
        gate.close(() => resolve());
        for (const one of open) one.destroy();
      }),
  };
}

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

/** The answer to a challenge of RFC 7616, as far as these servers ask. */
function digest(challenge: string, method: string, uri: string, password: string): string {
  const said = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
  const [realm, nonce, opaque] = ["realm", "nonce", "opaque"].map(said);
  const secret = md5(`${ANN.username}:${realm}:${password}`);
  const response = md5(`${secret}:${nonce}:00000001:here:auth:${md5(`${method}:${uri}`)}`);
  return `Digest username="${ANN.username}", realm="${realm}", nonce="${nonce}", uri="${uri}", qop=auth, nc=00000001, cnonce="here", response="${response}", opaque="${opaque}"`;
}

/** A calendar of Ann's, by its address, as a telephone uses it. */
export function collection(url: string, password = () => ANN.password) {
  const ask = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
    const at = new URL(path, url);
    const send = (authorization: string) => fetch(at, { method, headers: { ...headers, authorization }, body });
    let answer = await send(`Basic ${Buffer.from(`${ANN.username}:${password()}`).toString("base64")}`);
    const challenge = answer.headers.get("www-authenticate") ?? "";
    if (answer.status === 401 && /^Digest/.test(challenge))
      answer = await send(digest(challenge, method, at.pathname, password()));
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.text();
  };
  const paths = async () => {
    const listed = await ask("PROPFIND", "", undefined, { depth: "1" });
    return [...listed.matchAll(/<(?:\w+:)?href>([^<]+\.ics)<\//g)].map(([, path = ""]) => path);
  };
  return {
    /** Makes it, with the name that people see. */
    make: (name: string) => {
      const named = `<D:set><D:prop><D:displayname>${name}</D:displayname></D:prop></D:set>`;
      const spaces = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"';
      return ask("MKCALENDAR", "", `<C:mkcalendar ${spaces}>${named}</C:mkcalendar>`);
    },
    /** What each file says, with its lines unfolded. */
    files: async () =>
      Promise.all(
        (await paths()).map(async (path) => ({
          path,
          text: (await ask("GET", path)).replaceAll("\r\n", "\n").replaceAll(/\n[ \t]/g, ""),
        })),
      ),
    put: (path: string, text: string) =>
      ask("PUT", path, text.replaceAll(/\r?\n/g, "\r\n"), { "content-type": "text/calendar; charset=utf-8" }),
    remove: (path: string) => ask("DELETE", path),
  };
}
export type Collection = ReturnType<typeof collection>;

const BERLIN = [
  "BEGIN:VTIMEZONE",
  "TZID:Europe/Berlin",
  ...["BEGIN:STANDARD", "DTSTART:19961027T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"],
  ...["RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD"],
  ...["BEGIN:DAYLIGHT", "DTSTART:19810329T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"],
  ...["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT"],
  "END:VTIMEZONE",
];

/** A file of one event, or of a series with what is different on its dates: the lines of each. */
export const calendarOf = (...events: string[][]): string =>
  [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Ann//phone//EN",
    ...BERLIN,
    ...events.flatMap((lines) => ["BEGIN:VEVENT", "DTSTAMP:20270101T000000Z", ...lines, "END:VEVENT"]),
    "END:VCALENDAR",
    "",
  ].join("\n");

/** A client of whom Ann's account is connected, with a fresh calendar in it. */
export async function withCaldav(page: Page, name: string, server_url: string) {
  const email = `${name.toLowerCase().replaceAll(/\W+/g, ".")}@clients.example`;
  const facts = { name, email, time_zone: "Europe/Berlin" };
  const { id: client } = await call<{ id: string }>(page, "POST", "/clients", facts);
  const asked = { client_id: client, provider: "caldav", server_url, ...ANN };
  const { id: credential } = await call<{ id: string }>(page, "POST", "/credentials", asked);
  const made = { credential_id: credential, name: "Appointments", time_zone: "Europe/Berlin" };
  const { id: calendar, provider_calendar_id } = await call<{ id: string; provider_calendar_id: string }>(
    page,
    "POST",
    `/clients/${client}/calendars`,
    made,
  );
  return { client, credential, calendar, there: new URL(provider_calendar_id, server_url).href };
}
