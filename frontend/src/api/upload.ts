// Sending a file. `fetch` does not say how much of it has gone, so this is the one request that is made otherwise.
import { writeToken } from "./client";
import { found, lost } from "./connection";
import { type ApiError, fromResponse, unreachable } from "./error";
import type { BookingImport, Import, ImportKind } from "./types";

const TYPES: Record<ImportKind, string> = { csv: "text/csv", ics: "text/calendar", json: "application/json" };

/** What a file is by its name; `null`: nothing that can be read. */
export function kindOf(name: string): ImportKind | null {
  const end = name.toLowerCase().split(".").at(-1) ?? "";
  if (["csv", "tsv", "txt", "tab"].includes(end)) return "csv";
  if (["ics", "ical", "ifb", "icalendar"].includes(end)) return "ics";
  return end === "json" ? "json" : null;
}

export interface Sending<T> {
  answer: Promise<T>;
  cancel: () => void;
}
/** How much of it has gone, 0 to 1. */
type OnSent = (share: number) => void;

export const sendFile = (file: File, kind: ImportKind, onSent: OnSent): Sending<Import> =>
  send(`/api/v1/imports?${new URLSearchParams({ name: file.name, kind })}`, TYPES[kind], file, onSent);

/** A table of bookings that were made elsewhere. */
export function sendBookings(table: string, client_id: string, write_past: boolean, onSent: OnSent) {
  const asked = new URLSearchParams({ client_id, write_past: String(write_past) });
  return send<BookingImport>(`/api/v1/bookings/import?${asked}`, TYPES.csv, table, onSent);
}

function send<T>(address: string, type: string, content: File | string, onSent: OnSent): Sending<T> {
  const request = new XMLHttpRequest();
  const answer = new Promise<T>((resolve, reject) => {
    const fail = (error: ApiError) => reject(error);
    request.open("POST", address);
    request.setRequestHeader("Content-Type", type);
    request.setRequestHeader("Idempotency-Key", crypto.randomUUID());
    const token = writeToken();
    if (token) request.setRequestHeader("X-CSRF-Token", token);
    request.upload.addEventListener("progress", ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0));
    request.addEventListener("load", () => {
      found();
      if (request.status === 201 || request.status === 202) return resolve(JSON.parse(request.responseText) as T);
      const headers = { "content-type": request.getResponseHeader("content-type") ?? "" };
      const status = request.status >= 200 ? request.status : 502;
      void fromResponse(new Response(request.responseText, { status, headers })).then(fail);
    });
    request.addEventListener("error", () => {
      lost();
      fail(unreachable());
    });
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    request.send(content);
  });
  return { answer, cancel: () => request.abort() };
}
