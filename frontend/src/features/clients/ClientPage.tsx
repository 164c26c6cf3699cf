import type { ComponentType } from "react";
import { PageHeader } from "@/ui/PageHeader";

export interface ClientPageProps {
  clientId: string;
  /** Contents of the tabs that other features own; `app` hands them in. */
  credentials: ComponentType<{ clientId: string }>;
  calendars: ComponentType<{ clientId: string }>;
}

export function ClientPage({ clientId, credentials: Credentials, calendars: Calendars }: ClientPageProps) {
  return (
    <>
      <PageHeader title="Client" />
      <Credentials clientId={clientId} />
      <Calendars clientId={clientId} />
    </>
  );
}
