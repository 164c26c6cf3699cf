import { PageHeader } from "@/ui/PageHeader";

export function CredentialsPage() {
  return <PageHeader title="Credentials" />;
}
