// Whether this service and the providers agree: what is on its way, where both sides changed the same, how it went, how it goes.

import { Tabs } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeftRight, GitMerge, HeartPulse, ScrollText } from "lucide-react";
import type { ReactNode } from "react";
import { conflictsQuery, mappingsQuery } from "@/api/sync";
import type { Conflict } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { PageHeader } from "@/ui/PageHeader";
import { ConflictsTab } from "./ConflictsTab";
import { HealthTab } from "./HealthTab";
import { LogTab } from "./LogTab";
import { QueueTab } from "./QueueTab";
import { TABS, type Tab } from "./search";

export interface SyncPageProps {
  /** The dialog that decides a conflict; what an event is, is not this page's business. */
  decide: (conflict: Conflict, onClose: () => void) => ReactNode;
}

const looks = {
  queue: { label: "Queue", icon: ArrowLeftRight },
  conflicts: { label: "Conflicts", icon: GitMerge },
  log: { label: "Log", icon: ScrollText },
  health: { label: "Health", icon: HeartPulse },
} satisfies Record<Tab, { label: string; icon: typeof GitMerge }>;

export function SyncPage({ decide }: SyncPageProps) {
  const { tab = "queue", only } = useSearch({ from: "/inside/sync" });
  const navigate = useNavigate({ from: "/sync" });
  const client = useClientScope();
  const failed = useInfiniteQuery(mappingsQuery(client, "failed")).data?.pages[0]?.data.length ?? 0;
  const open = useInfiniteQuery(conflictsQuery(client, "open")).data?.pages[0]?.data.length ?? 0;
  const counts: Partial<Record<Tab, number>> = { queue: failed, conflicts: open };
  return (
    <>
      <PageHeader
        title="Sync"
        description="Whether what you see here and what the providers hold is the same."
        help="sync"
      />
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({ search: (old) => ({ ...old, tab: TABS.find((one) => one === value), only: undefined }) })
        }
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          {TABS.map((one) => {
            const { label, icon: Icon } = looks[one];
            const count = counts[one] ?? 0;
            return (
              <Tabs.Tab key={one} value={one} leftSection={<Icon size={16} aria-hidden />}>
                {label}
                {count > 0 && ` (${count < 50 ? count : "50+"})`}
              </Tabs.Tab>
            );
          })}
        </Tabs.List>
        <Tabs.Panel value="queue">
          <QueueTab client={client} />
        </Tabs.Panel>
        <Tabs.Panel value="conflicts">
          <ConflictsTab client={client} decide={decide} />
        </Tabs.Panel>
        <Tabs.Panel value="log">
          <LogTab client={client} />
        </Tabs.Panel>
        <Tabs.Panel value="health">
          <HealthTab client={client} trouble={only === "trouble"} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
