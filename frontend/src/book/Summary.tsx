// A booking in words, and as a file for one's own calendar.

import type { PublicBooking } from "@/api/types";
import { clock, moment, zoneWords } from "./days";
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

/** The same event as in mails, so that a calendar has it once. */
export function AddToCalendar({ token }: { token: string }) {
  return (
    <a className="button plain" href={`/api/v1/public/bookings/${token}/calendar`} download="booking.ics">
      Add to calendar
    </a>
  );
}
