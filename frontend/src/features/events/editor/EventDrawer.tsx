// The editor beside a page: `?event=…` in the address opens it, going back closes it.
import { ActionIcon, Drawer, Group, Tooltip } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Maximize2 } from "lucide-react";
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
  const { close } = useEventDrawer();
  if (!given.event) return null;
  const { event, ...rest } = given;
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="lg"
      title={
        <Group gap="xs">
          {event === "new" ? "New event" : "Event"}
          <Tooltip label="Open on its own page">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Open on its own page"
              renderRoot={(props) => (
                <Link to="/events/$eventId" params={{ eventId: event }} search={rest as never} {...props} />
              )}
            >
              <Maximize2 size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
      }
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <EventEditor eventId={event} given={rest} onDone={close} onCancel={close} />
    </Drawer>
  );
}
