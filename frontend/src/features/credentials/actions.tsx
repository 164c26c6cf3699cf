// What can be done with a credential, with its questions and messages.
import { Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { $api, api } from "@/api/client";
import { invalidate } from "@/api/query";
import type { Credential } from "@/api/types";
import { confirm } from "@/ui/confirm";
import { notifyDone, notifyFailure } from "@/ui/notify";
import { providerNames } from "@/ui/status";

export const credentialName = (one: Credential): string =>
  one.label || one.account_email || one.username || `${providerNames[one.provider]} account`;

/** What becomes of a permission. Microsoft takes none back from programs. */
const given = {
  google: "The permission is given back to Google,",
  microsoft: "The permission is forgotten here (to withdraw it, open myapps.microsoft.com),",
};

export const refreshed = (queries: ReturnType<typeof useQueryClient>) =>
  invalidate(
    queries,
    "/api/v1/credentials",
    "/api/v1/clients",
    "/api/v1/calendars",
    "/api/v1/dashboard",
    "/api/v1/events",
  );

/** Sends the browser to the provider's consent page. It comes back to `/credentials/{id}?result=…`. */
export function useConnect() {
  const [leaving, setLeaving] = useState(false);
  const connect = async (id: string) => {
    setLeaving(true);
    try {
      const { data } = await api.POST("/api/v1/credentials/{id}/authorize", { params: { path: { id } }, body: {} });
      if (!data) throw new Error("The service gave no address of the consent page.");
      window.location.assign(data.authorization_url);
    } catch (error) {
      setLeaving(false);
      notifyFailure(error);
    }
  };
  return { connect, leaving };
}

export function useCredentialActions() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const revokeCall = $api.useMutation("post", "/api/v1/credentials/{id}/revoke");
  const deleteCall = $api.useMutation("delete", "/api/v1/credentials/{id}");

  const revoke = async (one: Credential) => {
    const yes = await confirm({
      title: `Disconnect ${credentialName(one)}?`,
      body:
        one.provider === "caldav"
          ? "The password is forgotten, and the calendars are no longer read. Events on the server stay. You can reconnect later."
          : `${given[one.provider]} and its calendars are no longer read. Events there stay. You can reconnect later; calendars keep their settings.`,
      verb: "Disconnect",
    });
    if (!yes) return;
    await revokeCall.mutateAsync({ params: { path: { id: one.id } } }).then(
      () => notifyDone("Disconnected."),
      () => undefined,
    );
    await refreshed(queries);
  };

  const remove = async (one: Credential) => {
    const name = credentialName(one);
    const yes = await confirm({
      title: "Delete this account?",
      body: (
        <Text size="sm">
          The permission is given back, and its calendars and the copies of their events are erased here. Events at{" "}
          {providerNames[one.provider]} stay. This cannot be undone.
        </Text>
      ),
      verb: "Delete account",
      typed: name,
    });
    if (!yes) return;
    try {
      await deleteCall.mutateAsync({ params: { path: { id: one.id } } });
    } catch {
      return;
    }
    notifyDone(`${name} was deleted.`);
    await navigate({ to: "/credentials" });
    await refreshed(queries);
  };

  return { revoke, remove, busy: revokeCall.isPending || deleteCall.isPending };
}
