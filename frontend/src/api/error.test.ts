import { expect, test } from "vitest";
import { fromResponse, toApiError } from "./error";

test("a problem document keeps its sentence, its advice and its request id", async () => {
  const body = {
    type: "t",
    title: "Conflict",
    status: 409,
    detail: "The e-mail address is taken.",
    instance: "/",
    code: "conflict",
    request_id: "req_1",
    errors: [{ pointer: "/email", code: "taken", detail: "taken" }],
    retryable: false,
    retry_after_s: null,
    action: "Use another one.",
    provider: null,
  };
  const error = await fromResponse(new Response(JSON.stringify(body), { status: 409 }));
  expect(error).toMatchObject({
    code: "conflict",
    detail: body.detail,
    action: body.action,
    requestId: "req_1",
    errors: body.errors,
  });
});

test("an answer that is no problem document still says its status and request id", async () => {
  const error = await fromResponse(new Response("<html>", { status: 502, headers: { "x-request-id": "abc" } }));
  expect(error).toMatchObject({ code: "unreadable", status: 502, requestId: "abc", retryable: true });
});

test("a failed fetch is being offline, any other fault keeps its message", () => {
  expect(toApiError(new TypeError("Failed to fetch")).code).toBe("offline");
  expect(toApiError(new Error("odd")).detail).toBe("odd");
});
