import { Alert, Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { askNow, useConnection } from "@/api/connection";
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

/** Says that what is on screen may be old, and how old it is. */
export function OfflineBanner() {
  const { reachable } = useConnection();
  const oldest = useOldest(!reachable);
  return (
    <div role="status">
      {!reachable && (
        <Alert color="yellow" icon={<WifiOff aria-hidden />} mb="md" py="xs">
          <Group justify="space-between" gap="xs">
            <span>
              You are offline.{" "}
              {oldest !== null && (
                <>
                  You see what was read <RelativeTime at={new Date(oldest).toISOString()} />.
                </>
              )}
            </span>
            <Button size="compact-sm" variant="default" onClick={askNow}>
              Try now
            </Button>
          </Group>
        </Alert>
      )}
    </div>
  );
}
