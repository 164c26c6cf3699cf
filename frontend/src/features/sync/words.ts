import { Check, GitMerge, OctagonAlert, RotateCw } from "lucide-react";
import type { SyncLogEntry } from "@/api/types";

export const outcomeLooks = {
  ok: { label: "Well", color: "teal", icon: Check },
  retry: { label: "Is tried again", color: "yellow", icon: RotateCw },
  refused: { label: "Refused", color: "red", icon: OctagonAlert },
  conflict: { label: "Conflict", color: "orange", icon: GitMerge },
} satisfies Record<SyncLogEntry["outcome"], { label: string; color: string; icon: typeof Check }>;

/** “340 ms”, “12.4 s”, “3 min”, “2 h”. */
export function millis(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
