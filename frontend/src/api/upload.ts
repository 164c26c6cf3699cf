// Sending a file. `fetch` does not say how much of it has gone, so this is the one request that is made otherwise.
import { writeToken } from "./client";
import { found, lost } from "./connection";
import { type ApiError, fromResponse, unreachable } from "./error";
import type { Import, ImportKind } from "./types";

const TYPES: Record<ImportKind, string> = { csv: "text/csv", ics: "text/calendar", json: "application/json" };

/** What a file is by its name; `null`: nothing that can be read. */
export function kindOf(name: string): ImportKind | null {
  const end = name.toLowerCase().split(".").at(-1) ?? "";
  if (["csv", "tsv", "txt", "tab"].includes(end)) return "csv";
  if (["ics", "ical", "ifb", "icalendar"].includes(end)) return "ics";
  return end === "json" ? "json" : null;
}

export interface Sending {
  answer: Promise<Import>;
  cancel: () => void;
}

/** @param onSent how much of it has gone, 0 to 1. */
export function sendFile(file: File, kind: ImportKind, onSent: (share: number) => void): Sending {
  const request = new XMLHttpRequest();
  const answer = new Promise<Import>((resolve, reject) => {
    const fail = (error: ApiError) => reject(error);
    request.open("POST", `/api/v1/imports?${new URLSearchParams({ name: file.name, kind })}`);
    request.setRequestHeader("Content-Type", TYPES[kind]);
    request.setRequestHeader("Idempotency-Key", crypto.randomUUID());
    const token = writeToken();
    if (token) request.setRequestHeader("X-CSRF-Token", token);
    request.upload.addEventListener("progress", ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0));
    request.addEventListener("load", () => {
      found();
      if (request.status === 201) return resolve(JSON.parse(request.responseText) as Import);
      const headers = { "content-type": request.getResponseHeader("content-type") ?? "" };
      const status = request.status >= 200 ? request.status : 502;
      void fromResponse(new Response(request.responseText, { status, headers })).then(fail);
    });
    request.addEventListener("error", () => {
      lost();
      fail(unreachable());
    });
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    request.send(file);
  });
  return { answer, cancel: () => request.abort() };
}
