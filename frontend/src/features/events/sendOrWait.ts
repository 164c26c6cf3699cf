import { askNow, connection } from "@/api/connection";
import { isOffline } from "@/api/error";
import { isWaiting } from "@/api/offline/queue";
import { isLocal } from "@/api/offline/rules";
import type { Event } from "@/api/types";
import { notifyDone } from "@/ui/notify";

/**
 * Sends a change; when nobody answers it waits in this browser. What comes after a waiting change waits behind it.
 * Returns `null` when it waits.
 * @param wait is told whether it was sent, and may have arrived although no answer came.
 */
export async function sendOrWait<T>(
  event: Pick<Event, "id"> | null,
  send: () => Promise<T>,
  wait: (attempted: boolean) => Promise<unknown>,
): Promise<T | null> {
  let attempted = false;
  if (!event || !(isLocal(event.id) || isWaiting(event))) {
    if (connection().reachable) {
      try {
        return await send();
      } catch (error) {
        if (!isOffline(error)) throw error;
        attempted = true;
      }
    } else askNow();
  }
  await wait(attempted);
  notifyDone("Kept in this browser. It is sent as soon as the service answers.");
  return null;
}
