import type { ReactNode } from "react";
import type { Where } from "@/api/may";
import { useMay } from "@/api/session";

/** What only those see who may do it. */
export function May({ scope, children, ...where }: Where & { scope: string; children: ReactNode }) {
  return useMay(scope, where) ? children : null;
}
