// Without a connection: what a view asks for may lie in another view that was read before.
import type { Kept } from "@/api/offline/database";
import { type Recalled, recallAll } from "@/api/offline/keep";
import type { Event, EventPage } from "@/api/types";
import type { Range } from "./queries";

const PATH = "/api/v1/events";

const instant = (event: Event, edge: "start" | "end"): number => {
  const at = event[edge] as { date?: string; utc?: string };
  return Date.parse(at.utc ?? `${at.date}T00:00:00Z`);
};

/** The part of a wider answer that a range asks for; `null` when the answer does not cover it. */
export function within(kept: Kept, client: string | undefined, range: Range): EventPage | null {
  const [, , kind, scope, had] = kept.key as [string, string, string, string | null, Range];
  if (kind !== "occurrences" || (scope !== null && scope !== client)) return null;
  if (Date.parse(had.from) > Date.parse(range.from) || Date.parse(had.to) < Date.parse(range.to)) return null;
  const page = kept.data as EventPage;
  const [from, to] = [Date.parse(range.from), Date.parse(range.to)];
  const data = page.data.filter(
    (event) =>
      (client === undefined || event.client_id === client) &&
      instant(event, "start") < to &&
      instant(event, "end") > from,
  );
  return { ...page, data };
}

/** The newest kept answer that covers a range. */
export async function recallRange(client: string | undefined, range: Range): Promise<Recalled<EventPage> | null> {
  for (const kept of await newestFirst()) {
    const data = within(kept, client, range);
    if (data) return { data, at: kept.at };
  }
  return null;
}

/** One event out of whatever showed it last. The lines of its series are not among that. */
export async function recallEvent(id: string): Promise<Recalled<{ event: Event; lines: string[] }> | null> {
  for (const { data, at } of await newestFirst()) {
    const { data: list, pages } = data as { data?: Event[]; pages?: { data: Event[] }[] };
    const event = [...(list ?? []), ...(pages ?? []).flatMap((page) => page.data)].find((one) => one.id === id);
    if (event) return { data: { event, lines: event.recurrence }, at };
  }
  return null;
}

const newestFirst = async (): Promise<Kept[]> => (await recallAll(PATH)).sort((a, b) => b.at - a.at);
