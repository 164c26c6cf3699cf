// A module of its own: reading rules needs Temporal, which a dashboard without series need not load.
import { describeLines } from "@/lib/recurrence/words";

interface Start {
  date?: string | null;
  date_time?: string | null;
  time_zone?: string | null;
}

/** “Every week on Monday”: what the lines of a series that starts there mean. */
export function SeriesWords({ lines, start }: { lines: readonly string[]; start: Start }) {
  return describeLines(
    lines,
    start.date ? { day: start.date } : { wall: start.date_time ?? "", zone: start.time_zone ?? "UTC" },
  );
}
