import { PageHeader } from "@/ui/PageHeader";

export function NewCredentialPage() {
  return <PageHeader title="Connect an account" />;
}
