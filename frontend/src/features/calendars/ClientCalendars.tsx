// The calendars of one client; a tab of its page.
import { CalendarList } from "./CalendarList";

export function ClientCalendars({ clientId }: { clientId: string }) {
  return <CalendarList clientId={clientId} />;
}
