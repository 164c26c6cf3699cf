// “Compare with provider”: the button, and the dialog behind it when somebody wants it.
import { Button } from "@mantine/core";
import { GitCompareArrows } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Calendar } from "@/api/types";

const CompareDialog = lazy(() => import("./CompareDialog").then((module) => ({ default: module.CompareDialog })));

export interface CompareButtonProps {
  calendar: Pick<Calendar, "id" | "name" | "selected" | "provider">;
  /** Among others of its kind: small, and it says which calendar is meant. */
  listed?: boolean;
}

export function CompareButton({ calendar, listed = false }: CompareButtonProps) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        size={listed ? "compact-sm" : undefined}
        variant="default"
        disabled={!calendar.selected}
        leftSection={<GitCompareArrows size={listed ? 14 : 16} aria-hidden />}
        aria-label={listed ? `Compare with provider: ${calendar.name}` : undefined}
        onClick={() => setOpened(true)}
      >
        {listed ? "Compare" : "Compare with provider"}
      </Button>
      {opened && (
        <Suspense>
          <CompareDialog calendar={calendar} onClose={() => setOpened(false)} />
        </Suspense>
      )}
    </>
  );
}
