// Comparing a calendar with its provider, and what an event says when it is held back.
import { api } from "./client";
import type { components } from "./schema";
import type { Mapping, SyncState } from "./types";

export type Difference = components["schemas"]["Difference"];
export type Reconciliation = components["schemas"]["Reconciliation"];

/** Holds our copy of a calendar against what its provider lists, and brings it in line when that is wanted. */
export async function reconcile(id: string, repair: boolean): Promise<Reconciliation> {
  const params = { path: { id }, query: { repair } };
  const { data } = await api.POST("/api/v1/calendars/{id}/reconcile", { params });
  if (!data) throw new Error("empty answer");
  return data;
}

/** How an event stands with its provider. `frozen`: it was changed back and forth so often that nothing is sent any more. */
export type Standing = SyncState | "frozen";

/** Refused work, or work that stopped because somebody else always undid it. */
export const standing = (mapping: Pick<Mapping, "state" | "code">): Standing =>
  mapping.code === "churn" ? "frozen" : mapping.state;
