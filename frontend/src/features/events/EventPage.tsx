import { PageHeader } from "@/ui/PageHeader";

export function EventPage() {
  return <PageHeader title="Event" />;
}
