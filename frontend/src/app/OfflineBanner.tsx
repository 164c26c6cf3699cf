import { Alert, Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { CloudUpload, WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { askNow, useConnection } from "@/api/connection";
import { useWaiting } from "@/api/offline/queue";
import { RelativeTime } from "@/ui/RelativeTime";

/** When the oldest answer that is on screen was given. */
function useOldest(watching: boolean): number | null {
  const queries = useQueryClient();
  const [oldest, setOldest] = useState<number | null>(null);
  useEffect(() => {
    if (!watching) return;
    const cache = queries.getQueryCache();
    const look = () => {
      const ages = cache
        .getAll()
        .filter((query) => query.isActive() && query.queryKey[0] === "get" && query.state.dataUpdatedAt > 0)
        .map((query) => query.state.dataUpdatedAt);
      setOldest(ages.length > 0 ? Math.min(...ages) : null);
    };
    look();
    const timer = setInterval(look, 1_000);
    return () => clearInterval(timer);
  }, [queries, watching]);
  return oldest;
}

/** Says that what is on screen may be old, how old it is, and what waits to be sent. */
export function OfflineBanner() {
  const { reachable } = useConnection();
  const { pathname } = useLocation();
  const oldest = useOldest(!reachable);
  const entries = useWaiting().filter((one) => one.state !== "done");
  const stopped = entries.filter((one) => one.state === "stopped").length;
  const open = entries.length - stopped;
  const since = entries[0]?.since;
  return (
    <div role="status">
      {(!reachable || entries.length > 0) && (
        <Alert
          color={stopped > 0 ? "red" : reachable ? "blue" : "yellow"}
          icon={reachable ? <CloudUpload aria-hidden /> : <WifiOff aria-hidden />}
          mb="md"
          py="xs"
        >
          <Group justify="space-between" gap="xs">
            <span>
              {!reachable && "You are offline. "}
              {!reachable && oldest !== null && (
                <>
                  You see what was read <RelativeTime at={new Date(oldest).toISOString()} />.{" "}
                </>
              )}
              {open > 0 && since && (
                <>
                  {changes(open)} {open === 1 ? "waits" : "wait"} in this browser, the first since{" "}
                  <RelativeTime at={since} />.{" "}
                </>
              )}
              {stopped > 0 && `${changes(stopped)} could not be sent and ${stopped === 1 ? "needs" : "need"} you.`}
            </span>
            <Group gap="xs">
              {entries.length > 0 && pathname !== "/waiting" && (
                <Button size="compact-sm" variant="default" renderRoot={(props) => <Link to="/waiting" {...props} />}>
                  {stopped > 0 ? "Decide" : "Show"}
                </Button>
              )}
              {!reachable && (
                <Button size="compact-sm" variant="default" onClick={askNow}>
                  Try now
                </Button>
              )}
            </Group>
          </Group>
        </Alert>
      )}
    </div>
  );
}

const changes = (count: number): string => `${count} ${count === 1 ? "change" : "changes"}`;
