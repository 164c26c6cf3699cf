import { PageHeader } from "@/ui/PageHeader";

export function HelpPage() {
  return <PageHeader title="Help" />;
}
