import type { Operation } from "@/api/types";
import { count, span } from "@/lib/count";
import { ProgressCard as Card } from "@/ui/ProgressCard";
import { isBusy, leftWords, percent } from "./words";

/** How far it is, how fast, how long it will still take. */
export function ProgressCard({ operation }: { operation: Operation }) {
  const { kind, state, total, done, failed, skipped, written, rate_per_s } = operation;
  const planning = state === "planning";
  const far = percent(operation);
  const left = leftWords(operation);
  const took =
    operation.started_at && operation.finished_at
      ? span((Date.parse(operation.finished_at) - Date.parse(operation.started_at)) / 1000)
      : null;
  const figures = [
    { label: "Done", value: done },
    { label: "Failed", value: failed, bad: true },
    { label: "Left out", value: skipped },
    { label: "On the way", value: written },
    { label: "To do", value: Math.max(0, total - done - failed - skipped - written) },
  ];
  return (
    <Card
      title={planning ? "Looking at every line" : `${far} %`}
      aside={
        <>
          {planning && total > 0 && `${count(total, kind === "import" ? "row" : "event")} read so far.`}
          {left}
          {state === "running" &&
            rate_per_s !== null &&
            rate_per_s > 0 &&
            ` ${count(Math.round(rate_per_s * 60), "event")} a minute.`}
          {took && `It took ${took}.`}
        </>
      }
      value={planning ? 100 : far}
      say={planning ? "The dry run is under way" : `${far} percent`}
      busy={isBusy(state)}
      figures={planning ? [] : figures}
    />
  );
}
