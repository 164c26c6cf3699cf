import { PageHeader } from "@/ui/PageHeader";

export function LoginPage() {
  return <PageHeader title="Sign in" />;
}
