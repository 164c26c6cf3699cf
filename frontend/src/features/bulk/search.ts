// What the addresses of bulk work may carry. Unknown or odd values fall back to everything.
import type { ItemOutcome, ItemState, OperationState } from "@/api/types";

// Spelled out here: the table of contents is in the first thing a browser loads, the words of the pages are not.
const states: OperationState[] = ["planning", "planned", "running", "paused", "cancelled", "done", "failed"];
const outcomes: ItemOutcome[] = ["create", "update", "delete", "move", "unchanged", "duplicate", "bad"];
const itemStates: ItemState[] = ["planned", "written", "done", "failed", "skipped"];

export interface BulkSearch {
  state?: OperationState;
}
export interface OperationSearch {
  outcome?: ItemOutcome;
  item?: ItemState;
  conflicts?: true;
  /** The file it was planned from, for whoever comes from there. */
  file?: string;
}

export const bulkSearch = (search: Record<string, unknown>): BulkSearch => ({
  state: states.find((one) => one === search.state),
});
export const operationSearch = (search: Record<string, unknown>): OperationSearch => ({
  outcome: outcomes.find((one) => one === search.outcome),
  item: itemStates.find((one) => one === search.item),
  conflicts: search.conflicts === true || undefined,
  file: typeof search.file === "string" ? search.file : undefined,
});
