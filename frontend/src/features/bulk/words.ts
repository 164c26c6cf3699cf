// Bulk work in words: how it stands, what becomes of each line, how far it is.
import {
  Ban,
  Check,
  CircleCheck,
  CircleDashed,
  CircleSlash,
  Copy,
  Equal,
  FileSearch,
  Hourglass,
  ListChecks,
  Loader,
  MoveRight,
  OctagonAlert,
  PauseCircle,
  Pencil,
  Plus,
  Trash2,
} from "lucide-react";
import type {
  Fault,
  ItemConflict,
  ItemOutcome,
  ItemState,
  Operation,
  OperationItem,
  OperationKind,
  OperationState,
  PlanSummary,
} from "@/api/types";
import { count, span } from "@/lib/count";
import { dateTime } from "@/lib/time";

export const stateLooks = {
  planning: { label: "Dry run", color: "blue", icon: FileSearch },
  planned: { label: "Waits for your yes", color: "yellow", icon: ListChecks },
  running: { label: "Running", color: "blue", icon: Loader },
  paused: { label: "Paused", color: "gray", icon: PauseCircle },
  cancelled: { label: "Cancelled", color: "gray", icon: Ban },
  done: { label: "Done", color: "teal", icon: CircleCheck },
  failed: { label: "Failed", color: "red", icon: OctagonAlert },
} satisfies Record<OperationState, object>;

export const states = Object.keys(stateLooks) as OperationState[];

export const kindWords = {
  import: "File",
  template: "Template",
  edit: "Edit of a selection",
  undo: "Undo",
} satisfies Record<OperationKind, string>;

export const outcomeLooks = {
  create: { label: "New", color: "teal", icon: Plus },
  update: { label: "Changed", color: "blue", icon: Pencil },
  move: { label: "Moved", color: "violet", icon: MoveRight },
  delete: { label: "Deleted", color: "red", icon: Trash2 },
  bad: { label: "Cannot be done", color: "orange", icon: OctagonAlert },
  duplicate: { label: "There already", color: "gray", icon: Copy },
  unchanged: { label: "Says it already", color: "gray", icon: Equal },
} satisfies Record<ItemOutcome, object>;

export const outcomes = Object.keys(outcomeLooks) as ItemOutcome[];

export const itemLooks = {
  planned: { label: "To do", color: "gray", icon: CircleDashed },
  written: { label: "On the way", color: "blue", icon: Hourglass },
  done: { label: "Done", color: "teal", icon: Check },
  failed: { label: "Failed", color: "red", icon: OctagonAlert },
  skipped: { label: "Left out", color: "gray", icon: CircleSlash },
} satisfies Record<ItemState, object>;

export const itemStates = Object.keys(itemLooks) as ItemState[];

/** Whether something happens to it without anybody pressing anything. */
export const isBusy = (state: OperationState): boolean => state === "planning" || state === "running";

type Counts = PlanSummary["counts"];

/** What will be written. */
export const writes = ({ create, update, move, delete: gone }: Counts): number => create + update + move + gone;

/** Everything that was looked at. */
export const lines = (counts: Counts): number => outcomes.reduce((sum, one) => sum + counts[one], 0);

/** “480 new, 12 changed, 8 cannot be done”. */
export const countWords = (counts: Counts): string =>
  outcomes
    .filter((one) => counts[one] > 0)
    .map((one) => `${count(counts[one], outcomeLooks[one].label.toLowerCase(), outcomeLooks[one].label.toLowerCase())}`)
    .join(", ") || "nothing";

/** What it costs to do it: mails, calls, time. */
export function costWords({ mails, forecast }: Pick<PlanSummary, "mails" | "forecast">): string {
  const { calls, waiting, seconds } = forecast;
  const told = mails === 0 ? "No mail goes out" : `${count(mails, "mail")} would go out to guests`;
  const first = waiting > 0 ? `, after ${count(waiting, "call")} of other work` : "";
  return `${told}. ${count(calls, "call")} at the providers${first}; within their limits about ${span(seconds)}.`;
}

/** Whole percent. A hundred is said only when nothing is left. */
export function percent({ progress, state }: Pick<Operation, "progress" | "state">): number {
  if (state === "done") return 100;
  return Math.min(99, Math.max(0, Math.floor(progress * 100)));
}

/** How long it will still take, as far as anybody knows. */
export function leftWords({ state, eta_s }: Pick<Operation, "state" | "eta_s">): string | null {
  if (state === "paused") return "Paused: nothing more is sent until you resume.";
  if (state !== "running") return null;
  return eta_s === null ? "How long it will take is not known yet." : `About ${span(eta_s)} left.`;
}

/** “Line 12, column 3 “Start””. */
export function placeWords({ line, column }: Pick<Fault, "line" | "column">, word = "Line"): string {
  if (!column) return `${word} ${line}`;
  return `${word} ${line}, column ${column.number}${column.name ? ` “${column.name}”` : ""}`;
}

/** What is told to whoever does not see the bar: each tenth, and each change of state. */
export function spoken(operation: Pick<Operation, "state" | "progress" | "failed">): string {
  const { state, failed } = operation;
  if (state === "running") return `${Math.floor(percent(operation) / 10) * 10} percent`;
  if (state === "done") return failed > 0 ? `Finished, ${failed} failed` : "Finished";
  return stateLooks[state].label;
}

/** What a line is called: of one that could not be read, only where it stands is known. */
export const lineTitle = ({ title, line, outcome }: Pick<OperationItem, "title" | "line" | "outcome">): string =>
  title || (outcome === "bad" ? `Line ${line}` : "(no title)");

/** “Lunch, 1 Mar 2027, 12:00 to 13:00”. */
export const conflictWords = ({ title, item_id, start_at, end_at }: ItemConflict): string =>
  `${title || (item_id === null ? "An event without a title" : "Another line of this plan")}, ${dateTime(start_at)} to ${dateTime(end_at)}`;
