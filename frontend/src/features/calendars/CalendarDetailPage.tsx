import { PageHeader } from "@/ui/PageHeader";

export function CalendarDetailPage() {
  return <PageHeader title="Calendar" />;
}
