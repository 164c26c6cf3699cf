// What is to be changed in a selection, from what was filled in: only that, nothing else.
import type { OperationIn } from "@/api/types";

export type Unit = "minute" | "hour" | "day" | "week";

export interface EditFields {
  prefix: string;
  title: string;
  location: string;
  noLocation: boolean;
  description: string;
  amount: number | string;
  unit: Unit;
  direction: "later" | "earlier";
  calendar: string | null;
}

export const EMPTY: EditFields = {
  prefix: "",
  title: "",
  location: "",
  noLocation: false,
  description: "",
  amount: "",
  unit: "day",
  direction: "later",
  calendar: null,
};

type Edit = OperationIn["edit"];

/** “1 day”, “-90 minutes”. */
function span({ amount, unit, direction }: EditFields): string | undefined {
  const count = typeof amount === "number" ? Math.trunc(amount) : 0;
  if (count <= 0) return undefined;
  return `${direction === "earlier" ? "-" : ""}${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** `null`: nothing was filled in. */
export function editOf(fields: EditFields): Edit | null {
  const set: NonNullable<Edit["set"]> = {};
  if (fields.title.trim()) set.title = fields.title.trim();
  // An empty text takes the place away.
  if (fields.noLocation) set.location = "";
  else if (fields.location.trim()) set.location = fields.location.trim();
  if (fields.description.trim()) set.description = fields.description.trim();
  const edit: Edit = {};
  // Blanks at the end belong to a prefix.
  if (fields.prefix.trim()) edit.prefix = fields.prefix.trimStart();
  if (Object.keys(set).length > 0) edit.set = set;
  const by = span(fields);
  if (by) edit.move_by = by;
  if (fields.calendar) edit.move_to = fields.calendar;
  return Object.keys(edit).length > 0 ? edit : null;
}
