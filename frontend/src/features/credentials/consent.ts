// What the way back from the consent page says, in words for people.
import type { Provider } from "@/api/types";

export interface ConsentResult {
  ok: boolean;
  title: string;
  /** What it means and what to do. */
  text: string;
}

/** Codes of `GET /oauth/callback`, see docs/errors. */
const FAILURES: Record<string, { title: string; text: string }> = {
  denied: {
    title: "Consent was not given",
    text: "Nothing was stored. Connect again and choose “Allow” if this was not meant.",
  },
  admin_consent_required: {
    title: "An administrator has to approve the app",
    text: "The organisation lets only administrators consent, so connecting again does not help yet. Nothing was stored. Ask an administrator to approve the app or to connect an account of theirs first; then connect again.",
  },
  state_invalid: {
    title: "This consent can no longer be used",
    text: "The link was used before, took longer than ten minutes, or began in another browser. Nothing was stored. Connect again.",
  },
  wrong_account: {
    title: "That was another account",
    text: "Only the account that belongs here may be connected: the one named in the client, or the one connected before. Nothing was stored, and the consent was given back. Connect again and choose the right account, or change the account in the client.",
  },
  missing_scopes: {
    title: "A permission is missing",
    text: "Some boxes on the consent page were left empty. Nothing was stored. Connect again and leave all boxes ticked.",
  },
  exchange_failed: {
    title: "The provider did not accept the app",
    text: "The code from the consent page could not be exchanged. Check the OAuth client id and secret, and that the redirect URI below is registered exactly.",
  },
  no_refresh_token: {
    title: "The provider gave no lasting permission",
    text: "Remove this app from the account (Google: myaccount.google.com/permissions), then connect again.",
  },
};

/** Where Microsoft's pages and rules are not Google's. It takes no consent back from programs. */
const AT_MICROSOFT: Record<string, string> = {
  denied: "Nothing was stored. Connect again and choose “Accept” if this was not meant.",
  wrong_account:
    "Only the account that was connected before may be connected here. Nothing was stored. Connect again and choose that account, or add a new connection for the other one.",
  missing_scopes:
    "Microsoft did not grant all that the app asks for. Nothing was stored. Connect again and accept, or have an administrator approve the app.",
  no_refresh_token:
    "The app must ask for “offline_access”: add it in Microsoft Entra under API permissions, then connect again.",
};

/** `null`: the address carries no result. */
export function readConsent(
  search: { result?: string; code?: string; detail?: string },
  provider?: Provider,
): ConsentResult | null {
  if (search.result === "connected") {
    return { ok: true, title: "Connected", text: "The account answers. Now choose which calendars take part." };
  }
  if (search.result !== "error") return null;
  const known = FAILURES[search.code ?? ""] ?? {
    title: "The account was not connected",
    text: "Try to connect again.",
  };
  const other = provider === "microsoft" ? AT_MICROSOFT[search.code ?? ""] : undefined;
  return { ok: false, title: known.title, text: other ?? known.text };
}
