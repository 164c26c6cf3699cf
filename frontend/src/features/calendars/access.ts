import type { Calendar } from "@/api/types";

/** What the account may do with a calendar, in words. */
export const roleWords = {
  owner: "Owner",
  writer: "May write",
  reader: "May read",
  free_busy: "Sees only busy times",
} satisfies Record<Calendar["access_role"], string>;

/** Colours that are told apart on light and dark ground. */
export const swatches = [
  "#17705a",
  "#2563eb",
  "#7c3aed",
  "#c026d3",
  "#dc2626",
  "#ea580c",
  "#b45309",
  "#4d7c0f",
  "#0e7490",
  "#475569",
];
