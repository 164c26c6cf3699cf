import { expect, test } from "vitest";
import { mayDo } from "./may";
import type { Me } from "./types";

const access = (client_id: string, level: "read" | "write" | "admin", staff_id: string | null = null) => ({
  client_id,
  client_name: client_id,
  level,
  staff_id,
  staff_name: null,
});
const me = (sees_all: boolean, ...access_: Me["access"]): Me => ({
  user: { id: "usr_1", email: "mia@example.com", name: "Mia", role: sees_all ? "owner" : "member" },
  tenant: { id: "ten_1", name: "Harbour" },
  csrf_token: null,
  scopes: ["clients:read", "clients:write", "events:write", "bookings:write", "credentials:write"],
  sees_all,
  access: access_,
});

test("owners may what their scopes say, members what they were granted", () => {
  expect(mayDo(null, "events:write")).toBe(false);
  expect(mayDo(me(true), "events:write", { all: true })).toBe(true);
  expect(mayDo(me(true), "users:write")).toBe(false);
  const mia = me(false, access("a", "read"), access("b", "write"));
  expect(mayDo(mia, "events:write", { client: "a" })).toBe(false);
  expect(mayDo(mia, "events:write", { client: "b" })).toBe(true);
  expect(mayDo(mia, "events:write")).toBe(true);
  expect(mayDo(mia, "credentials:write")).toBe(false);
  expect(mayDo(mia, "clients:read")).toBe(true);
  expect(mayDo(mia, "events:write", { all: true })).toBe(false);
});

test("who is one of the staff has their own things only", () => {
  const tina = me(false, access("a", "admin", "stf_1"));
  expect(mayDo(tina, "credentials:write", { client: "a" })).toBe(true);
  expect(mayDo(tina, "clients:write", { client: "a", whole: true })).toBe(false);
});

test("what was kept before there was access is not judged here", () => {
  const { sees_all: _, access: __, ...old } = me(false);
  expect(mayDo(old as Me, "events:write")).toBe(true);
});
