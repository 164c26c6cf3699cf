// What can be done about a change that is not at its provider: try again, or give it up.
import { Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { invalidate } from "@/api/query";
import { standing } from "@/api/reconcile";
import { useMay } from "@/api/session";
import { discardMapping, mappingNow, retryMapping } from "@/api/sync";
import type { Mapping } from "@/api/types";
import { sentence } from "@/lib/sentence";
import { confirm } from "./confirm";
import { notifyDone, notifyFailure, notifyStill } from "./notify";

export interface MappingActionsProps {
  mapping: Mapping;
  /** Among others of its kind the buttons must say which one is meant. */
  listed?: boolean;
  /** `gone`: the event was never at the provider, and is not here any more. */
  onDone?: (gone: boolean) => void;
}

export function MappingActions({ mapping, listed = false, onDone }: MappingActionsProps) {
  const queries = useQueryClient();
  const mayWrite = useMay("events:write");
  const [busy, setBusy] = useState<"retry" | "discard" | null>(null);
  if (!mayWrite) return null;
  const title = mapping.title || "(no title)";
  const frozen = standing(mapping) === "frozen";
  const retryVerb = frozen ? "Let it sync again" : "Retry";

  const run = async (what: "retry" | "discard", work: () => Promise<unknown>) => {
    setBusy(what);
    try {
      await work();
    } catch (error) {
      notifyFailure(error);
    }
    await invalidate(queries, "/api/v1/mappings", "/api/v1/events", "/api/v1/dashboard");
    setBusy(null);
    onDone?.(what === "discard" && mapping.action === "create");
  };
  const retry = () =>
    run("retry", async () => {
      await retryMapping(mapping.id);
      // The service has tried while we waited: say what came of it.
      const now = await mappingNow(mapping.id);
      if (!now) notifyDone(`“${title}” is at the provider.`);
      else if (now.state === "pending") notifyDone(`“${title}” is on its way; it is tried again by itself.`);
      else notifyStill(`“${title}” could not be carried out again.`, now.detail && sentence(now.detail));
    });
  const discard = async () => {
    const yes = await confirm({
      title: `Discard the change of “${title}”?`,
      body: "It is not sent to the provider any more, nor is what was changed together with it. The events become what the provider has.",
      verb: "Discard",
    });
    if (!yes) return;
    await run("discard", async () => {
      await discardMapping(mapping.id);
      notifyDone(`The change of “${title}” was discarded.`);
    });
  };
  return (
    <Group gap="xs">
      <Button
        size="compact-sm"
        variant="default"
        loading={busy === "retry"}
        disabled={busy !== null}
        leftSection={<RefreshCw size={14} aria-hidden />}
        aria-label={listed ? `${retryVerb}: ${title}` : undefined}
        onClick={() => void retry()}
      >
        {retryVerb}
      </Button>
      <Button
        size="compact-sm"
        variant="light"
        color="red"
        loading={busy === "discard"}
        disabled={busy !== null}
        leftSection={<Trash2 size={14} aria-hidden />}
        aria-label={listed ? `Discard: ${title}` : undefined}
        onClick={() => void discard()}
      >
        Discard
      </Button>
    </Group>
  );
}
