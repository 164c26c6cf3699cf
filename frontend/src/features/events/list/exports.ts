// The address of a file with events.
export interface ListFilter {
  client_id?: string;
  calendar_id?: string[];
  q?: string;
  from?: string;
  to?: string;
}

export type ExportFilter = ListFilter | { ids: string[] };
export type Format = "csv" | "ics" | "json";

export function exportUrl(format: Format, filter: ExportFilter): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(filter)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one) query.append(name, one);
  }
  return `/api/v1/exports?${query}`;
}
