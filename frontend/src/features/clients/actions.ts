// What can be done with a client, each with its way back.
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { invalidate } from "@/api/query";
import type { Client } from "@/api/types";
import { confirm } from "@/ui/confirm";
import { notifyDone, notifyFailure, notifyUndo } from "@/ui/notify";

export function useClientActions() {
  const queries = useQueryClient();
  const refresh = () =>
    invalidate(
      queries,
      "/api/v1/clients",
      "/api/v1/credentials",
      "/api/v1/calendars",
      "/api/v1/events",
      "/api/v1/dashboard",
    );

  const setActive = (client: Client, is_active: boolean) =>
    api.PATCH("/api/v1/clients/{id}", { params: { path: { id: client.id } }, body: { is_active } });

  const restore = async (client: Client) => {
    try {
      await setActive(client, true);
      await refresh();
      notifyDone(`${client.name} is back.`);
    } catch (error) {
      notifyFailure(error);
    }
  };

  const archive = async (client: Client) => {
    try {
      await api.DELETE("/api/v1/clients/{id}", { params: { path: { id: client.id } } });
      await refresh();
      notifyUndo(`${client.name} is archived.`, () => restore(client));
    } catch (error) {
      notifyFailure(error);
    }
  };

  /** Resolves to whether the client is gone. */
  const purge = async (client: Client): Promise<boolean> => {
    const yes = await confirm({
      title: `Purge ${client.name}?`,
      body: `This erases the client with its ${client.credential_count} accounts, ${client.calendar_count} calendars and all mirrored events from this service. It cannot be undone. What the providers keep stays there.`,
      verb: "Purge for good",
      typed: client.name,
    });
    if (!yes) return false;
    try {
      await api.DELETE("/api/v1/clients/{id}", { params: { path: { id: client.id }, query: { purge: true } } });
      await refresh();
      notifyDone(`${client.name} was purged.`);
      return true;
    } catch (error) {
      notifyFailure(error);
      return false;
    }
  };

  return { archive, restore, purge };
}
