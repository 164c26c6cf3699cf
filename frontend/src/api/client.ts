// The only place that talks to the service. `api` for loaders and actions, `$api` for components (queries and mutations).
import createFetchClient, { type Middleware } from "openapi-fetch";
import createQueryClient from "openapi-react-query";
import { found, isProxyFor, lost } from "./connection";
import { fromResponse, isOffline, toApiError, unreachable } from "./error";
import type { paths } from "./schema";
import type { Me } from "./types";

const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);
/** They are written like a change and only answer a question: nothing has to be kept for somebody who asks twice. */
const QUESTIONS = new Set([
  "/api/v1/availability/check",
  "/api/v1/availability/explain",
  "/api/v1/exports",
  "/api/v1/recurrence/preview",
  "/api/v1/templates/preview",
]);
let csrfToken: string | null = null;
let who: Me | null = null;
let onSessionEnd: () => void = () => {};

/** Remembers who is signed in, and the token that writes must carry. */
export function rememberToken(me: Me | null): void {
  who = me;
  csrfToken = me?.csrf_token ?? null;
}

/** Who is signed in, as far as the service has said so. */
export const signedInAs = (): Me | null => who;

/** The token that a write must carry which does not go through `api`. */
export const writeToken = (): string | null => csrfToken;

/** Called when a request finds that the session ended. */
export function setSessionEndHandler(handler: () => void): void {
  onSessionEnd = handler;
}

const ownHeaders: Middleware = {
  onRequest({ request, schemaPath }) {
    if (WRITES.has(request.method) && csrfToken) request.headers.set("X-CSRF-Token", csrfToken);
    // A caller that repeats a request itself sends its own key.
    const once = request.method === "POST" && !QUESTIONS.has(schemaPath);
    if (once && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", crypto.randomUUID());
    }
  },
  async onResponse({ response, schemaPath }) {
    if (response.ok || response.status === 304) return;
    const error = await fromResponse(response);
    if (error.status === 401 && !schemaPath.startsWith("/api/v1/auth/")) onSessionEnd();
    throw error;
  },
  onError({ error }) {
    return toApiError(error);
  },
};

/** Sends and notes whether the service answered. */
async function reach(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (!isProxyFor(response)) {
      found();
      return response;
    }
  } catch (error) {
    if (!isOffline(error)) throw error;
  }
  lost();
  throw unreachable();
}

/** Sends once; when another tab has renewed the session, fetches the new token and sends once more. */
async function send(request: Request): Promise<Response> {
  const spare = request.clone();
  const response = await reach(request);
  // Recalled without a connection, a session has no token yet.
  if (response.status !== 403 || !WRITES.has(request.method)) return response;
  if ((await fromResponse(response)).code !== "csrf_failed") return response;
  const me = await fetch("/api/v1/auth/me", { credentials: "same-origin" });
  if (!me.ok) return response;
  rememberToken((await me.json()) as Me);
  if (csrfToken) spare.headers.set("X-CSRF-Token", csrfToken);
  return reach(spare);
}

export const api = createFetchClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  // A version says whether something was changed, not how it stands with its provider or how old it is: what the browser
  // has kept of the same version may say “on its way” about what failed since.
  cache: "no-store",
  fetch: send,
});
api.use(ownHeaders);

export const $api = createQueryClient(api);
