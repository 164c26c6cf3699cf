import { PageHeader } from "@/ui/PageHeader";

export function CredentialPage() {
  return <PageHeader title="Credential" />;
}
