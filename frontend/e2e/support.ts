// What every journey needs: the real service with sandbox accounts on a fresh data directory, the real browser,
// an owner who is signed in, axe, screenshots. Nothing is downloaded; Chromium is the system's.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
  type Request,
  request,
} from "playwright-core";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
const RESULTS = process.env.E2E_RESULTS ?? join(ROOT, "frontend/test-results");
const AXE = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

export const OWNER = {
  tenant_name: "Harbour Agency",
  name: "Dana Kowalski",
  email: "dana@harbour.example",
  password: "correct horse battery staple",
};

export const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });

/** Asks again until the answer is true; fails with `what` after `seconds`. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await holds().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited ${seconds} s for: ${what}`);
}

export interface Service {
  base: string;
  /** Everything the service has written. */
  log: () => string;
  /** The folder in which everything stands. */
  data: string;
  /** The mails it has sent, with their lines unfolded: in the sandbox they are files. */
  mails: () => string[];
  /** Ends it as a power cut does, and starts it again where it was. */
  crash: () => Promise<void>;
  stop: () => Promise<void>;
}

export interface ServiceOptions {
  /** Where browsers find it, when something stands in front of it. */
  publicUrl?: string;
  /** More arguments for `serve`. */
  args?: string[];
  env?: Record<string, string>;
  /** Providers that live in another process, and so outlive this one. */
  apart?: boolean;
}

/** A program of ours, the one that was built last. */
function program(name: string): string {
  const named = process.env.CALENDAR_STACKER_BIN;
  const built = [join(TARGET, "debug", name), join(TARGET, "release", name)]
    .filter(existsSync)
    .map((path) => ({ path, at: statSync(path).mtimeMs }))
    .sort((a, b) => b.at - a.at)[0]?.path;
  const found = named?.endsWith(name) && existsSync(named) ? named : built;
  assert.ok(found, `No ${name}: run \`cargo build --workspace\``);
  return found;
}

/** Starts the service as `make run` does, on a free port and an own data directory. */
export async function startService({ args = [], env = {}, publicUrl, apart }: ServiceOptions = {}): Promise<Service> {
  const binary = program("calendar-stacker");
  const spa = process.env.CALENDAR_STACKER_SPA_DIR ?? join(ROOT, "frontend/dist");
  assert.ok(existsSync(join(spa, "index.html")), "No web app: run `npm run build`");

  const data = mkdtempSync(join(tmpdir(), "calendar-stacker-e2e-"));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  let output = "";
  let child: ChildProcess;
  let ended: Promise<void>;
  const run = async () => {
    const sandbox = apart ? [] : ["--sandbox"];
    const fixed = ["serve", ...sandbox, "--bind", `127.0.0.1:${port}`, "--public-url", publicUrl ?? base];
    const begun = spawn(binary, [...fixed, ...args], {
      env: {
        ...process.env,
        CALENDAR_STACKER_DATA_DIR: data,
        CALENDAR_STACKER_SPA_DIR: spa,
        CALENDAR_STACKER_RATE_LIMIT: "off",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = begun;
    for (const stream of [begun.stdout, begun.stderr]) stream?.on("data", (chunk) => (output += chunk));
    ended = new Promise<void>((resolve) => begun.once("exit", () => resolve()));
    await until("the service to be ready", async () => {
      if (begun.exitCode !== null) return true;
      return (await fetch(`${base}/health/ready`)).ok;
    });
    assert.equal(begun.exitCode, null, "the service ended at once");
  };
  const crash = async () => {
    child.kill("SIGKILL");
    await ended;
    await run();
  };
  const stop = async () => {
    if (child.exitCode === null) child.kill("SIGTERM");
    // A service that does not end by itself must not hold the run up for ever.
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await run();
  } catch (error) {
    await stop();
    throw new Error(`${error}\n${output}`);
  }
  const mails = () => {
    const folder = join(data, "mail");
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return files.map((file) => readFileSync(join(folder, file), "utf8").replaceAll(/\r\n[ \t]/g, " "));
  };
  return { base, log: () => output, data, mails, crash, stop };
}

/** A simulated Google in a process of its own: what is in it outlives the service. */
export async function startSimulator(): Promise<{ env: Record<string, string>; log: () => string; stop: () => void }> {
  const child = spawn(program("simulator"), ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  const address = () => /listening on (\S+)/.exec(output)?.[1];
  await until("the simulator to listen", async () => address() !== undefined && /client secret/.test(output));
  const at = (path: string) => `${address()}/${path}`;
  return {
    env: {
      CALENDAR_STACKER_ALLOW_ADDRESSES: "127.0.0.0/8",
      CALENDAR_STACKER_GOOGLE_AUTH_URL: at("o/oauth2/v2/auth"),
      CALENDAR_STACKER_GOOGLE_TOKEN_URL: at("token"),
      CALENDAR_STACKER_GOOGLE_REVOKE_URL: at("revoke"),
      CALENDAR_STACKER_GOOGLE_USERINFO_URL: at("v1/userinfo"),
      CALENDAR_STACKER_GOOGLE_API_BASE: at("calendar/v3/"),
      CALENDAR_STACKER_GOOGLE_CLIENT_ID: /client id\s+(\S+)/.exec(output)?.[1] ?? "",
      CALENDAR_STACKER_GOOGLE_CLIENT_SECRET: /client secret\s+(\S+)/.exec(output)?.[1] ?? "",
    },
    // As the sandbox says it.
    log: () => `simulated Google listens address="${address()}"`,
    stop: () => child.kill("SIGINT"),
  };
}

/** The browser without a window first: the same engine and half the work. */
const BROWSERS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path)),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 375, height: 740 };

/** How every page is looked at. */
export const LOOKS = [
  { look: "light", options: { viewport: DESKTOP, scheme: "light" } },
  { look: "dark", options: { viewport: DESKTOP, scheme: "dark" } },
  { look: "phone", options: { viewport: PHONE, scheme: "light" } },
] as const;

export interface VisitOptions {
  viewport?: { width: number; height: number };
  scheme?: "light" | "dark";
  /** IANA zone of the browser. */
  zone?: string;
  /** Cookies of somebody signed in, from `context.storageState()`. */
  as?: Awaited<ReturnType<BrowserContext["storageState"]>>;
  /** The application keeps itself in the browser, for being offline; elsewhere that only fetches everything twice. */
  keeps?: boolean;
}

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** Script errors and policy violations the browser reported; must stay empty. */
  faults: string[];
}

/** A fresh browser profile, German summer-time zone by default so that zones are never UTC by luck. */
export async function visit(browser: Browser, service: Service, options: VisitOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: service.base,
    viewport: options.viewport ?? DESKTOP,
    colorScheme: options.scheme ?? "light",
    timezoneId: options.zone ?? "Europe/Berlin",
    locale: "en-GB",
    reducedMotion: "reduce",
    storageState: options.as,
    serviceWorkers: options.keeps ? "allow" : "block",
  });
  // Long enough for a busy machine: only what fails waits for it.
  context.setDefaultTimeout(30_000);
  context.on("page", watch);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    // An expected 4xx is logged by the browser as a failed load; the page shows it itself.
    if (message.type() === "error" && !/^Failed to load resource/.test(text)) faults.push(text);
  });
  return { context, page, faults };
}

/** Sets the installation up and returns the owner's cookies. The page for it is a story of its own (pages.test.ts). */
export async function setUp(service: Service): Promise<NonNullable<VisitOptions["as"]>> {
  const asked = await request.newContext({ baseURL: service.base });
  const answer = await asked.post("/api/v1/setup", { data: OWNER, headers: { Origin: service.base } });
  assert.ok(answer.ok(), `setup: ${answer.status()} ${await answer.text()}`);
  const state = await asked.storageState();
  await asked.dispose();
  return state;
}

/** Adds another business and its owner, as whoever runs the service does; the password is that of the first owner. */
export function addTenant(service: Service, owner: string, email: string): void {
  const env = { ...process.env, CALENDAR_STACKER_DATA_DIR: service.data };
  const words = ["add-tenant", "Elsewhere", owner, email];
  execFileSync(program("calendar-stacker"), words, {
    env,
    input: OWNER.password,
    stdio: ["pipe", "ignore", "inherit"],
  });
}

/** What the tests of a file play on. */
export interface Stage {
  service: Service;
  browser: Browser;
  owner: NonNullable<VisitOptions["as"]>;
  /** A browser of the owner's, or of whoever the options say. */
  enter: (options?: VisitOptions) => Promise<Visit>;
}

/** Sets the stage before the first test and clears it after the last one. There is something on it when a test begins, not before. */
export function stage(
  arrange?: (page: Page, on: Stage) => Promise<unknown>,
  begin: () => Promise<Service> = startService,
) {
  const on = {} as Stage;
  on.enter = (options) => visit(on.browser, on.service, { as: on.owner, ...options });
  before(async () => {
    on.service = await begin();
    on.browser = await launch();
    on.owner = await setUp(on.service);
    if (!arrange) return;
    const { context, page } = await on.enter();
    await arrange(page, on);
    await context.close();
  });
  after(async () => {
    await on.browser?.close();
    await on.service?.stop();
  });
  return on;
}

export async function signIn(page: Page, email = OWNER.email, password = OWNER.password): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Turns a switch as people do, by the words beside it: the input itself lies hidden below a picture. */
export async function turn(within: Page | Locator, name: string, to: boolean): Promise<void> {
  const one = within.getByRole("switch", { name });
  await one.waitFor();
  if ((await one.isChecked()) !== to) await within.locator("label").filter({ hasText: name }).first().click();
  await until(`“${name}” to be ${to ? "on" : "off"}`, async () => (await one.isChecked()) === to);
}

/** Calls the API as the person signed in to the page, for arranging what a journey is not about. Needs no page to be open. */
export async function call<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  const asked = await page.request.get("/api/v1/auth/me");
  const answer = await page.request.fetch(`/api/v1${path}`, {
    method,
    data: body,
    headers: { "X-CSRF-Token": (await asked.json()).csrf_token, Origin: new URL(asked.url()).origin },
  });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.status() === 204 ? (undefined as T) : ((await answer.json()) as T);
}

/** axe over the page as it is: WCAG 2.2 A and AA and the best practices. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  let violations = await scan(page);
  // A colour that fades in or out is looked at again when it stands still.
  for (let tries = 0; tries < 5 && violations.length > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    violations = await scan(page);
  }
  assert.deepEqual(violations, [], `axe on ${where}:\n${violations.join("\n")}`);
}

/** What axe objects to. */
const scan = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: (context: Document, options: object) => Promise<{ violations: never[] }> };
    };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    // What passed is counted and not described: most of the work, and nobody reads it.
    const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] };
    const found = await axe.run(document, options);
    return (
      found.violations as { id: string; help: string; nodes: { target: unknown[]; failureSummary: string }[] }[]
    ).map(
      ({ id, help, nodes }) =>
        `${id}: ${help}\n${nodes.map((n) => `    ${n.target.join(" ")}: ${n.failureSummary}`).join("\n")}`,
    );
  });

/** No page scrolls sideways, on any width. */
export async function assertNoSideScroll(page: Page, where: string): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${where} is ${over} px too wide`);
}

const QUIET_MS = 200;
const underWay = new WeakMap<Page, { requests: Set<Request>; since: number }>();

/** Counts what a page waits for. A stream stays open for good and is no reason to wait. */
function watch(page: Page): void {
  const state = { requests: new Set<Request>(), since: Date.now() };
  underWay.set(page, state);
  const ended = (request: Request) => {
    if (state.requests.delete(request)) state.since = Date.now();
  };
  page.on("request", (request) => {
    if (request.resourceType() !== "eventsource") state.requests.add(request);
  });
  page.on("requestfinished", ended);
  page.on("requestfailed", ended);
}

/** Nothing was under way for a moment: what an answer leads to is asked for within it. */
const quiet = (page: Page): Promise<void> =>
  until("the network to be quiet", async () => {
    const state = underWay.get(page);
    return !state || (state.requests.size === 0 && Date.now() - state.since > QUIET_MS);
  });

/** Waits until the page shows its content: the application stands, nothing is loading, fonts are there. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  // On a busy machine it takes a while until the first thing is asked for.
  await page.waitForFunction(() => document.querySelector("#root")?.childElementCount !== 0);
  await quiet(page);
  await page.waitForFunction(() => document.querySelectorAll(".mantine-Skeleton-root, [aria-busy=true]").length === 0);
}

export async function screenshot(page: Page, name: string, fullPage = true): Promise<void> {
  mkdirSync(RESULTS, { recursive: true });
  await page.screenshot({ path: join(RESULTS, `${name}.png`), fullPage });
}

/** The page as it stands: a picture of it for people, no way sideways, and nothing axe objects to. */
export async function assertClean(page: Page, name: string, look: string, fullPage = true): Promise<void> {
  await settled(page);
  await screenshot(page, `${name}-${look}`, fullPage);
  await assertNoSideScroll(page, `${name} (${look})`);
  await assertAccessible(page, `${name} (${look})`);
}
