// Files with events.
export interface ListFilter {
  client_id?: string;
  calendar_id?: string[];
  q?: string;
  from?: string;
  to?: string;
}

/** What a list shows, or what was chosen in it. */
export type ExportFilter = ListFilter | { ids: string[] };
export type Format = "csv" | "ics" | "json";

/** Where the file is with what a list shows. */
export function exportUrl(format: Format, filter: ListFilter): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(filter)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one) query.append(name, one);
  }
  return `/api/v1/exports?${query}`;
}

/** Lets the browser store what came as an answer. */
export function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has it by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href));
}
