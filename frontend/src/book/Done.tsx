// What was booked, and the way back to it.

import type { PublicCreated, PublicPage } from "@/api/types";
import { here } from "./BookPage";
import { Headline } from "./parts";
import { AddToCalendar, Summary } from "./Summary";

interface DoneProps {
  page: PublicPage;
  made: PublicCreated;
  onAnother: () => void;
}

export function Done({ page, made: { booking, manage_url, status }, onAnother }: DoneProps) {
  const pending = status === "pending";
  return (
    <main>
      <Headline arrive>{pending ? "You asked for this time" : "It is booked"}</Headline>
      <p>
        {pending
          ? `${page.name} has to say yes first; the time is kept for you until then.`
          : "See you then. Keep the link below: with it you can move or cancel the booking."}
      </p>
      <Summary booking={booking} zone={here()} />
      <p className="buttons">
        <AddToCalendar token={manage_url.split("/").pop() ?? ""} />
        <a className="button plain" href={manage_url} target="_blank" rel="noreferrer">
          Move or cancel it
        </a>
      </p>
      <p className="quiet">Whoever has the address behind “Move or cancel it” can do both: keep it to yourself.</p>
      <button type="button" className="link" onClick={onAnother}>
        Book something else
      </button>
    </main>
  );
}
