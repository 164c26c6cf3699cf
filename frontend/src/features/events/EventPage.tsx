// An event on its own page: `/events/{id}`, and `/events/new` for one that is not there yet.
import { Button, Card, Stack } from "@mantine/core";
import { useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import type { Event } from "@/api/types";
import { PageHeader } from "@/ui/PageHeader";
import { EventEditor } from "./editor/EventEditor";
import type { Moment } from "./form";
import { openEvent } from "./search";

export function EventPage() {
  const { eventId } = useParams({ from: "/inside/events/$eventId" });
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const { event: _, ...given } = openEvent(search);
  const navigate = useNavigate();
  const router = useRouter();
  const back = () => {
    if (router.history.canGoBack()) router.history.back();
    else void navigate({ to: "/calendar" });
  };
  const done = (event: Event | null) => {
    const start: Moment | undefined = event?.start;
    const date = start?.date ?? start?.date_time?.slice(0, 10);
    if (eventId === "new" && date)
      void navigate({ to: "/calendar", search: (old: object) => ({ ...old, date }) as never });
    else back();
  };
  return (
    <Stack maw={760}>
      <PageHeader title={eventId === "new" ? "New event" : "Event"} help="events">
        <Button variant="default" leftSection={<ArrowLeft size={16} aria-hidden />} onClick={back}>
          Back
        </Button>
      </PageHeader>
      <Card>
        <EventEditor eventId={eventId} given={given} onDone={done} onCancel={back} />
      </Card>
    </Stack>
  );
}
