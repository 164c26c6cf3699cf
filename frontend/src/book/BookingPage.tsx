// One booking, opened by its customer's own link: what it is, another time, or not at all.
import { useCallback, useEffect, useState } from "react";
import type { PublicBooking } from "@/api/types";
import { cancel, type Range, readBooking, readOtherSlots, reschedule, type Trouble, toTrouble } from "./api";
import { FASTER, here } from "./BookPage";
import { clock, dayIn, dayWords, moment } from "./days";
import { Headline, Refused, Sorry, Waiting } from "./parts";
import { AddToCalendar, Summary } from "./Summary";
import { Times } from "./Times";

const headlines: Record<PublicBooking["status"], string> = {
  held: "The time is kept for you",
  pending: "Waits for a yes",
  confirmed: "Your booking",
  completed: "It is over",
  no_show: "It is over",
  cancelled: "It is cancelled",
  expired: "The time is not kept any more",
};

export function BookingPage({ token }: { token: string }) {
  const [booking, setBooking] = useState<PublicBooking | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try asks again
  useEffect(() => {
    setTrouble(null);
    readBooking(token).then(setBooking, (thrown) => setTrouble(toTrouble(thrown)));
  }, [token, tries]);
  if (trouble) {
    return trouble.status === 404 ? (
      <Sorry title="There is no such booking" detail="The link may be incomplete: copy it whole from your mail." />
    ) : (
      <Sorry title="That did not work" detail={trouble.message} onRetry={() => setTries(tries + 1)} />
    );
  }
  if (!booking) {
    return (
      <main>
        <Waiting what="Loading…" />
      </main>
    );
  }
  return <Mine token={token} booking={booking} onChanged={setBooking} />;
}

interface MineProps {
  token: string;
  booking: PublicBooking;
  onChanged: (booking: PublicBooking) => void;
}

function Mine({ token, booking, onChanged }: MineProps) {
  const zone = here();
  const [doing, setDoing] = useState<"move" | "cancel" | null>(null);
  const [told, setTold] = useState("");
  const open = ["held", "pending", "confirmed"].includes(booking.status);
  const changed = (now: PublicBooking, words: string) => {
    onChanged(now);
    setDoing(null);
    setTold(words);
  };
  return (
    <main>
      <Headline arrive={told !== ""} key={told}>
        {headlines[booking.status]}
      </Headline>
      <p role="status">{told}</p>
      {booking.status === "pending" && <p>{booking.business} has to say yes first.</p>}
      <Summary booking={booking} zone={zone} />
      {open && doing === null && (
        <>
          <p className="buttons">
            <AddToCalendar token={token} />
            {booking.can_reschedule && (
              <button type="button" className="plain" onClick={() => setDoing("move")}>
                Another time…
              </button>
            )}
            {booking.can_cancel && (
              <button type="button" className="plain" onClick={() => setDoing("cancel")}>
                Cancel it…
              </button>
            )}
          </p>
          <Late booking={booking} zone={zone} />
        </>
      )}
      {doing === "move" && (
        <Move
          token={token}
          booking={booking}
          zone={zone}
          onBack={() => setDoing(null)}
          onMoved={(now) => changed(now, `It is moved to ${moment(now.start, zone)}.`)}
        />
      )}
      {doing === "cancel" && (
        <Cancel
          token={token}
          onBack={() => setDoing(null)}
          onCancelled={(now) => changed(now, "It is cancelled. Nobody waits for you.")}
        />
      )}
      {!open && booking.slug && (
        <p>
          <a href={`/book/${encodeURIComponent(booking.slug)}`}>Book another time</a>
        </p>
      )}
    </main>
  );
}

/** What cannot be done here any more, and what to do instead. */
function Late({ booking, zone }: { booking: PublicBooking; zone: string }) {
  const { can_reschedule, can_cancel, business } = booking;
  if (can_reschedule && can_cancel) {
    const first = [booking.reschedule_until, booking.cancel_until].toSorted()[0] ?? booking.start;
    return <p className="quiet">You can change your mind until {moment(first, zone)}.</p>;
  }
  if (Date.parse(booking.start) <= Date.now()) return <p>It has begun already.</p>;
  const late = !can_reschedule && !can_cancel ? "moved or cancelled" : can_cancel ? "moved" : "cancelled";
  const until = can_cancel ? booking.reschedule_until : booking.cancel_until;
  return (
    <p>
      It could be {late} here until {moment(until, zone)}. <b>Get in touch with {business}</b> if you cannot come.
    </p>
  );
}

interface MoveProps {
  token: string;
  booking: PublicBooking;
  zone: string;
  onBack: () => void;
  onMoved: (now: PublicBooking) => void;
}

function Move({ token, booking, zone, onBack, onMoved }: MoveProps) {
  const [start, setStart] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [sending, setSending] = useState(false);
  const [asked, setAsked] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` asks again
  const load = useCallback((range: Range) => readOtherSlots(token, range), [token, asked]);
  const send = async () => {
    if (!start) return;
    setSending(true);
    setTrouble(null);
    try {
      onMoved(await reschedule(token, start));
    } catch (thrown) {
      setTrouble(toTrouble(thrown));
      setStart(null);
      setAsked((count) => count + 1);
      setSending(false);
    }
  };
  return (
    <section className="step" aria-labelledby="other">
      <h2 id="other">Another time</h2>
      <Times
        load={load}
        zone={zone}
        value={start}
        // The service knows how far ahead; this is more than that.
        horizon={400}
        onChoose={(slot) => {
          setStart(slot.start);
          setTrouble(null);
        }}
      />
      {trouble && (
        <Refused trouble={trouble} words={trouble.alternatives ? FASTER : undefined}>
          {trouble.alternatives && (
            <div className="times">
              {trouble.alternatives.map((one) => (
                <button key={one.start} type="button" className="plain" onClick={() => setStart(one.start)}>
                  {dayWords(dayIn(one.start, zone))}, {clock(one.start, zone)}
                </button>
              ))}
            </div>
          )}
        </Refused>
      )}
      <p className="buttons">
        <button type="button" disabled={!start || sending} onClick={() => void send()}>
          {start ? `Move it to ${dayWords(dayIn(start, zone))}, ${clock(start, zone)}` : "Move it"}
        </button>
        <button type="button" className="plain" onClick={onBack}>
          Keep {clock(booking.start, zone)}
        </button>
      </p>
    </section>
  );
}

interface CancelProps {
  token: string;
  onBack: () => void;
  onCancelled: (now: PublicBooking) => void;
}

function Cancel({ token, onBack, onCancelled }: CancelProps) {
  const [reason, setReason] = useState("");
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [sending, setSending] = useState(false);
  const send = async () => {
    setSending(true);
    setTrouble(null);
    try {
      onCancelled(await cancel(token, reason.trim() || null));
    } catch (thrown) {
      setTrouble(toTrouble(thrown));
      setSending(false);
    }
  };
  return (
    <section className="step" aria-labelledby="cancel">
      <h2 id="cancel">Cancel this booking?</h2>
      <div className="field">
        <label htmlFor="reason">
          Why <span className="quiet">(if you like)</span>
        </label>
        <textarea
          id="reason"
          rows={2}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </div>
      {trouble && <Refused trouble={trouble} />}
      <p className="buttons">
        <button type="button" className="danger" disabled={sending} onClick={() => void send()}>
          Cancel the booking
        </button>
        <button type="button" className="plain" onClick={onBack}>
          Keep it
        </button>
      </p>
    </section>
  );
}
