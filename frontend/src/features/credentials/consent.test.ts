import { expect, it } from "vitest";
import { readConsent } from "./consent";

it("says nothing when nobody came from a consent page", () => {
  expect(readConsent({})).toBeNull();
});

it("tells every failure apart and what to do", () => {
  const codes = [
    "denied",
    "admin_consent_required",
    "state_invalid",
    "wrong_account",
    "missing_scopes",
    "exchange_failed",
    "no_refresh_token",
  ];
  const texts = codes.map((code) => readConsent({ result: "error", code }));
  expect(new Set(texts.map((one) => one?.title)).size).toBe(codes.length);
  expect(texts.every((one) => one && !one.ok && one.text.length > 40)).toBe(true);
});

it("names the button that Microsoft’s page has, and promises nothing that Microsoft does not do", () => {
  expect(readConsent({ result: "error", code: "denied" }, "microsoft")?.text).toContain("“Accept”");
  expect(readConsent({ result: "error", code: "wrong_account" }, "microsoft")?.text).not.toContain("given back");
  expect(readConsent({ result: "error", code: "state_invalid" }, "microsoft")).toEqual(
    readConsent({ result: "error", code: "state_invalid" }),
  );
});

it("does not take an unknown code for success", () => {
  expect(readConsent({ result: "error", code: "new_one" })).toMatchObject({ ok: false });
  expect(readConsent({ result: "something" })).toBeNull();
});
