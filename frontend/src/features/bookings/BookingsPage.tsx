// Bookings: the list, or the day of everybody side by side, and beside either the booking that is looked at.
import { Button, SegmentedControl, VisuallyHidden } from "@mantine/core";
import { Link, useSearch } from "@tanstack/react-router";
import { FileUp, Plus } from "lucide-react";
import { useMay } from "@/api/session";
import { PageHeader } from "@/ui/PageHeader";
import { BookingDrawer } from "./BookingDrawer";
import { BookingList } from "./BookingList";
import { DayBoard } from "./DayBoard";
import { useGo, useZone } from "./queries";

export function BookingsPage() {
  const { view = "list" } = useSearch({ from: "/inside/bookings" });
  const mayWrite = useMay("bookings:write");
  const zone = useZone();
  const go = useGo();
  return (
    <>
      <PageHeader
        title="Bookings"
        description={
          <>
            Times in <b>{zone.replaceAll("_", " ")}</b>.
          </>
        }
        help="bookings"
      >
        {mayWrite && (
          <Button
            variant="default"
            leftSection={<FileUp size={16} aria-hidden />}
            renderRoot={(props) => <Link to="/bookings/import" {...props} />}
          >
            Import…
          </Button>
        )}
        {mayWrite && (
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => go({ booking: "new" })}>
            New booking
          </Button>
        )}
      </PageHeader>
      <fieldset style={{ border: 0, padding: 0, margin: "0 0 var(--mantine-spacing-md)" }}>
        <VisuallyHidden component="legend">View</VisuallyHidden>
        <SegmentedControl
          value={view}
          onChange={(next) => go({ view: next === "board" ? "board" : undefined })}
          data={[
            { value: "list", label: "List" },
            { value: "board", label: "Day board" },
          ]}
        />
      </fieldset>
      {view === "board" ? <DayBoard /> : <BookingList />}
      <BookingDrawer />
    </>
  );
}
