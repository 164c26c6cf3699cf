// Composes the client page from features that must not know one another.
import { useParams } from "@tanstack/react-router";
import { ClientCalendars } from "@/features/calendars/ClientCalendars";
import { ClientPage } from "@/features/clients/ClientPage";
import { ClientCredentials } from "@/features/credentials/ClientCredentials";

export function ClientRoute() {
  const { clientId } = useParams({ from: "/inside/clients/$clientId" });
  return <ClientPage clientId={clientId} credentials={ClientCredentials} calendars={ClientCalendars} />;
}
