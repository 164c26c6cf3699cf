// Beside the page: `?booking=…` in the address opens it, going back closes it.
import { Drawer } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { ForClient } from "@/ui/ForClient";
import { useFocusBack } from "@/ui/useFocusBack";
import { BookingDetail } from "./BookingDetail";
import { NewBooking } from "./NewBooking";
import { useGo, useZone } from "./queries";

export function BookingDrawer() {
  const { booking } = useSearch({ from: "/inside/bookings" });
  return booking ? <Open key={booking} booking={booking} /> : null;
}

function Open({ booking }: { booking: string }) {
  const go = useGo();
  const zone = useZone();
  useFocusBack();
  const close = () => go({ booking: undefined });
  return (
    <Drawer opened onClose={close} position="right" size="lg" title={booking === "new" ? "New booking" : "Booking"}>
      {booking === "new" ? (
        <ForClient>
          {(client) => (
            <NewBooking key={client} client={client} onCancel={close} onDone={({ id }) => go({ booking: id }, true)} />
          )}
        </ForClient>
      ) : (
        <BookingDetail id={booking} zone={zone} />
      )}
    </Drawer>
  );
}
