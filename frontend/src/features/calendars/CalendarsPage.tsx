import { useClientScope } from "@/lib/client-scope";
import { PageHeader } from "@/ui/PageHeader";
import { CalendarList } from "./CalendarList";

export function CalendarsPage() {
  const client = useClientScope();
  return (
    <>
      <PageHeader
        title="Calendars"
        description="Which take part and how, how fresh they are, and what is wrong with the others."
        help="calendars"
      />
      <CalendarList clientId={client} />
    </>
  );
}
