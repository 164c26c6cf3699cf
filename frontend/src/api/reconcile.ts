// Comparing a calendar with its provider, and what an event says when it is held back. Written by hand after the contract;
// when the document describes them, these types point into `schema.d.ts` like all the others, and `ahead` goes.
import type { Client } from "openapi-fetch";
import { api } from "./client";
import type { CalendarHealth, Mapping, SyncState } from "./types";

export interface Difference {
  kind: "missing_here" | "missing_there" | "different";
  event_id: string | null;
  provider_event_id: string;
  title: string | null;
  /** Of `different`: which fields. */
  fields: string[];
  repaired: boolean;
}

export interface Reconciliation {
  calendar_id: string;
  at: string;
  /** How many events were held against each other. */
  compared: number;
  differences: Difference[];
  /** Whether our copy was to be brought in line. */
  repaired: boolean;
}

/** The last comparison; `null`: there was none yet. */
export interface LastReconciliation {
  at: string;
  compared: number;
  differences: number;
}

interface Ahead {
  "/api/v1/calendars/{calendar_id}/reconcile": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    post: {
      parameters: { path: { calendar_id: string }; query: { repair: boolean } };
      responses: { 200: { content: { "application/json": Reconciliation } } };
    };
  };
}
const ahead = api as unknown as Client<Ahead>;

/** Holds our copy of a calendar against what its provider lists, and brings it in line when that is wanted. */
export async function reconcile(calendar_id: string, repair: boolean): Promise<Reconciliation> {
  const params = { path: { calendar_id }, query: { repair } };
  const { data } = await ahead.POST("/api/v1/calendars/{calendar_id}/reconcile", { params });
  if (!data) throw new Error("empty answer");
  return data;
}

/** `undefined`: the service does not say. */
export const lastReconciliation = (health: CalendarHealth): LastReconciliation | null | undefined =>
  (health as { reconciliation?: LastReconciliation | null }).reconciliation;

/** How an event stands with its provider. `frozen`: it was changed back and forth so often that nothing is sent any more. */
export type Standing = SyncState | "frozen";

/** Refused work, or work that stopped because somebody else always undid it. */
export const standing = (mapping: Pick<Mapping, "state" | "code">): Standing =>
  mapping.code === "churn" ? "frozen" : mapping.state;
