// A business's booking page: what, with whom, when, who comes; then the confirmation.
import { useCallback, useEffect, useRef, useState } from "react";
import type { PublicBookingIn, PublicCreated, PublicPage, PublicService } from "@/api/types";
import { book, randomKey, readPage, readSlots, type Trouble, toTrouble } from "./api";
import { Done } from "./Done";
import { clock, dayIn, dayWords, length, moment, notice } from "./days";
import { type Facts, Fields, hasField, nobody, type Wrong, wrongOf } from "./Fields";
import { Headline, Refused, Sorry, There, Waiting, Zones } from "./parts";
import { Times } from "./Times";

export const here = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function BookPage({ slug, wished }: { slug: string; wished: string | null }) {
  const [page, setPage] = useState<PublicPage | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try asks again
  useEffect(() => {
    setTrouble(null);
    readPage(slug).then(setPage, (thrown) => setTrouble(toTrouble(thrown)));
  }, [slug, tries]);
  if (trouble) {
    return trouble.status === 404 ? (
      <Sorry title="There is no such booking page" detail="The address may be mistyped, or bookings are closed." />
    ) : (
      <Sorry title="That did not work" detail={trouble.message} onRetry={() => setTries(tries + 1)} />
    );
  }
  if (!page) {
    return (
      <main>
        <Waiting what="Loading…" />
      </main>
    );
  }
  return <Offer page={page} wished={wished} />;
}

/** What stands beside the name of a service. */
const terms = (minutes: number, price: string | null): string => [length(minutes), price].filter(Boolean).join(" · ");

function Offer({ page, wished }: { page: PublicPage; wished: string | null }) {
  const only = page.services.length === 1 ? page.services[0]?.id : undefined;
  const begin = page.services.find((one) => one.id === wished)?.id ?? only ?? null;
  const [chosen, setChosen] = useState<string | null>(begin);
  const [made, setMade] = useState<PublicCreated | null>(null);
  const service = page.services.find((one) => one.id === chosen);
  if (made) return <Done page={page} made={made} onAnother={() => setMade(null)} />;
  return (
    <main>
      <Headline>{page.name}</Headline>
      <Zones zone={here()} business={page.time_zone} name={page.name} />
      {page.services.length === 0 && <p>Nothing can be booked here at the moment.</p>}
      {page.services.length > 0 && (
        <fieldset className="step">
          <legend>
            <h2>What?</h2>
          </legend>
          {page.services.map((one) => (
            <label key={one.id} className="choice">
              <input type="radio" name="service" checked={one.id === chosen} onChange={() => setChosen(one.id)} />
              <span>
                <b>{one.name}</b>
                <span className="quiet">
                  {one.variants.length > 0
                    ? one.price_text || "Shorter or longer"
                    : terms(one.duration_minutes, one.price_text)}
                  {one.location && ` · ${one.location}`}
                </span>
                {one.description && <span className="more">{one.description}</span>}
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {service && <Booking key={service.id} page={page} service={service} onMade={setMade} />}
    </main>
  );
}

const ANYONE = "";
/** The service says it by the business's clock, which need not be the visitor's. */
export const FASTER = "This time is not free any more: somebody was faster.";

/** Something that is no longer so since the page was opened. */
const LOST = "This cannot be booked like that. Try once more, or open the page again.";
const fieldOf = ({ pointer }: { pointer: string }): string => pointer.split("/").pop() ?? "";

interface BookingProps {
  page: PublicPage;
  service: PublicService;
  onMade: (made: PublicCreated) => void;
}

function Booking({ page, service, onMade }: BookingProps) {
  const zone = here();
  const [variant, setVariant] = useState<string | null>(null);
  const [who, setWho] = useState(ANYONE);
  const [start, setStart] = useState<string | null>(null);
  const [facts, setFacts] = useState<Facts>(nobody);
  const [wrong, setWrong] = useState<Wrong>({});
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [sending, setSending] = useState(false);
  // Asked again after somebody else was faster.
  const [asked, setAsked] = useState(0);
  const sent = useRef({ body: "", key: "" });
  const form = useRef<HTMLFormElement>(null);
  // What was pressed is gone; the focus goes where it goes on, which cannot be pressed before there is a time.
  const onward = useRef(false);
  useEffect(() => {
    if (!start || !onward.current) return;
    onward.current = false;
    form.current?.querySelector<HTMLElement>("button[type=submit]")?.focus();
  }, [start]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` asks again
  const load = useCallback(
    (range: { from: string; to: string }) =>
      readSlots(page.slug, { service_id: service.id, variant, staff_id: who || null }, range),
    [page.slug, service.id, variant, who, asked],
  );
  const other = () => {
    setStart(null);
    setTrouble(null);
  };

  const send = async () => {
    if (!start) return;
    const missing = wrongOf(facts);
    setWrong(missing);
    const [first] = Object.keys(missing);
    if (first) {
      form.current?.querySelector<HTMLElement>(`[name=${first}]`)?.focus();
      return;
    }
    const body: PublicBookingIn = {
      service_id: service.id,
      variant,
      staff_id: who || null,
      start,
      customer: { name: facts.name.trim(), email: facts.email.trim(), phone: facts.phone.trim() || null },
      notes: facts.notes.trim() || null,
      time_zone: zone,
      website: facts.website || null,
    };
    // An answer that was lost on its way is asked for again under the same key.
    const text = JSON.stringify(body);
    if (sent.current.body !== text) sent.current = { body: text, key: randomKey() };
    setSending(true);
    setTrouble(null);
    try {
      onMade(await book(page.slug, body, sent.current.key));
    } catch (thrown) {
      const now = toTrouble(thrown);
      setWrong(Object.fromEntries(now.errors.map((one) => [fieldOf(one), one.detail])));
      // A program filled in what nobody sees; whoever presses again is none.
      setFacts((facts) => ({ ...facts, website: "" }));
      setTrouble(now);
      if (now.alternatives) {
        setStart(null);
        setAsked((count) => count + 1);
      }
    } finally {
      setSending(false);
    }
  };

  const elsewhere = (trouble?.errors ?? []).filter((one) => !hasField(fieldOf(one))).map((one) => one.detail);
  const names = new Map(service.staff.map((one) => [one.id, one.name]));
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {service.variants.length > 0 && (
        <fieldset className="step">
          <legend>
            <h2>Which one?</h2>
          </legend>
          {[
            { id: null, name: "The usual", duration_minutes: service.duration_minutes, price_text: service.price_text },
            ...service.variants,
          ].map((one) => (
            <label key={one.id} className="choice">
              <input
                type="radio"
                name="variant"
                checked={one.id === variant}
                onChange={() => {
                  setVariant(one.id);
                  other();
                }}
              />
              <span>
                <b>{one.name}</b>
                <span className="quiet">{terms(one.duration_minutes, one.price_text)}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {service.staff.length > 1 && (
        <fieldset className="step">
          <legend>
            <h2>With whom?</h2>
          </legend>
          <div className="people">
            {[{ id: ANYONE, name: "Anyone" }, ...service.staff].map((one) => (
              <label key={one.id} className="time">
                <input
                  type="radio"
                  name="staff"
                  checked={one.id === who}
                  onChange={() => {
                    setWho(one.id);
                    other();
                  }}
                />
                <span>{one.name}</span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
      <section className="step" aria-labelledby="when">
        <h2 id="when">When?</h2>
        <Times
          load={load}
          zone={zone}
          value={start}
          horizon={service.horizon_days}
          shared={service.capacity > 1}
          onChoose={(slot) => {
            setStart(slot.start);
            setTrouble(null);
          }}
        />
      </section>
      {trouble && (!trouble.errors.length || elsewhere.length > 0) && (
        <Refused trouble={trouble} words={trouble.alternatives ? FASTER : elsewhere[0] && LOST}>
          {elsewhere.length > 0 && <p>{elsewhere.join(" ")}</p>}
          {trouble.alternatives && trouble.alternatives.length > 0 && (
            <>
              <p>These are free:</p>
              <div className="times">
                {trouble.alternatives.map((one) => (
                  <button
                    key={one.start}
                    type="button"
                    className="plain"
                    onClick={() => {
                      setStart(one.start);
                      setTrouble(null);
                      onward.current = true;
                    }}
                  >
                    {dayWords(dayIn(one.start, zone))}, {clock(one.start, zone)}
                    {who === ANYONE && names.get(one.staff_ids[0] ?? "") && `, ${names.get(one.staff_ids[0] ?? "")}`}
                  </button>
                ))}
              </div>
            </>
          )}
        </Refused>
      )}
      {(start || trouble) && (
        <section className="step" aria-labelledby="you">
          <h2 id="you">Who comes?</h2>
          {start && (
            <p>
              <b>{service.name}</b>, {moment(start, zone)}{" "}
              <There start={start} zone={zone} business={page.time_zone} name={page.name} />
            </p>
          )}
          <Fields
            facts={facts}
            wrong={wrong}
            onChange={(now, name) => {
              setFacts(now);
              setWrong({ ...wrong, [name]: undefined });
            }}
          />
          <p className="quiet">
            {page.confirms_by_hand && `${page.name} confirms each booking. `}
            {page.cancel_notice_minutes > 0 &&
              `It can be cancelled until ${notice(page.cancel_notice_minutes)} before.`}
          </p>
          <button type="submit" disabled={!start || sending} aria-busy={sending}>
            {sending ? "One moment…" : page.confirms_by_hand ? "Ask for this time" : "Book"}
          </button>
        </section>
      )}
    </form>
  );
}
