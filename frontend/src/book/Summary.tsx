// A booking in words, and as a file for one's own calendar.

import type { PublicBooking } from "@/api/types";
import { clock, moment, zoneWords } from "./days";
import { ics, uidOf } from "./ics";
import { There } from "./parts";

const names = (all: readonly string[]) => new Intl.ListFormat("en", { type: "conjunction" }).format(all);
export const what = (booking: PublicBooking): string =>
  [booking.service_name, booking.variant_name].filter(Boolean).join(", ");

export function Summary({ booking, zone }: { booking: PublicBooking; zone: string }) {
  return (
    <dl>
      <dt>What</dt>
      <dd>{[what(booking), booking.price_text].filter(Boolean).join(" · ")}</dd>
      <dt>When</dt>
      <dd>
        {moment(booking.start, zone)} – {clock(booking.end, zone)}
        <span className="quiet"> ({zoneWords(zone)}) </span>
        <There start={booking.start} zone={zone} business={booking.time_zone} name={booking.business} />
      </dd>
      <dt>Where</dt>
      <dd>{[booking.business, booking.location].filter(Boolean).join(", ")}</dd>
      {booking.staff.length > 0 && (
        <>
          <dt>With</dt>
          <dd>{names(booking.staff)}</dd>
        </>
      )}
    </dl>
  );
}

/** The link of a booking is not in the file: calendars are shared with others. */
export function AddToCalendar({ booking, token }: { booking: PublicBooking; token: string }) {
  const save = () => {
    const file = ics(
      {
        uid: uidOf(token, window.location.host),
        title: `${what(booking)} (${booking.business})`,
        start: booking.start,
        end: booking.end,
        location: [booking.business, booking.location].filter(Boolean).join(", "),
        description: booking.staff.length > 0 ? `With ${names(booking.staff)}` : "",
      },
      new Date().toISOString(),
    );
    const address = URL.createObjectURL(new Blob([file], { type: "text/calendar" }));
    const link = Object.assign(document.createElement("a"), { href: address, download: "booking.ics" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };
  return (
    <button type="button" className="plain" onClick={save}>
      Add to calendar
    </button>
  );
}
