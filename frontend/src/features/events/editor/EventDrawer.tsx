// The editor beside a page: `?event=…` in the address opens it, going back closes it.
import { Anchor, Drawer, Group } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useFocusBack } from "@/ui/useFocusBack";
import { type OpenEvent, openEvent } from "../search";
import { EventEditor } from "./EventEditor";

const CLOSED: OpenEvent = { event: undefined, start: undefined, end: undefined, in: undefined, into: undefined };

/** Opens and closes the editor beside the page. */
export function useEventDrawer() {
  const navigate = useNavigate();
  const show = (open: OpenEvent) =>
    void navigate({
      to: ".",
      search: ((old: object) => ({ ...old, ...CLOSED, ...open })) as never,
      resetScroll: false,
    });
  return { open: (open: OpenEvent & { event: string }) => show(open), close: () => show(CLOSED) };
}

export function EventDrawer() {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const given = openEvent(search);
  return given.event ? <Open event={given.event} given={given} /> : null;
}

function Open({ event, given }: { event: string; given: OpenEvent }) {
  const { close } = useEventDrawer();
  const { event: _, ...rest } = given;
  useFocusBack();
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="lg"
      title={
        <Group gap="md">
          {event === "new" ? "New event" : "Event"}
          <Anchor
            size="sm"
            renderRoot={(props) => (
              <Link to="/events/$eventId" params={{ eventId: event }} search={rest as never} {...props} />
            )}
          >
            On its own page
          </Anchor>
        </Group>
      }
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <EventEditor eventId={event} given={rest} onDone={close} onCancel={close} />
    </Drawer>
  );
}
