import { PageHeader } from "@/ui/PageHeader";

export function CalendarsPage() {
  return <PageHeader title="Calendars" />;
}
