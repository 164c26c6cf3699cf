// A day and a time: four weeks at once, then the free times of the day. Radio buttons, so keys and screen readers know how.
import { useEffect, useId, useState } from "react";
import type { PublicSlot, PublicSlots } from "@/api/types";
import { type Range, type Trouble, toTrouble } from "./api";
import {
  addDays,
  byDay,
  clock,
  dayIn,
  dayNumber,
  dayWords,
  mondayOf,
  monthWords,
  rangeOf,
  rangeWords,
  SHOWN,
  weekdayWords,
} from "./days";
import { Refused, Waiting } from "./parts";

export interface TimesProps {
  /** Must stay the same function until other times are meant. */
  load: (range: Range) => Promise<PublicSlots>;
  zone: string;
  /** The chosen start. */
  value: string | null;
  onChoose: (slot: PublicSlot) => void;
  /** How many days ahead something can be booked. */
  horizon: number;
  /** Says how many places are left. */
  shared?: boolean;
}

/** What is free in the four weeks from `first` on; `null` while it is asked for. */
function useFree(load: TimesProps["load"], first: string, zone: string) {
  const [found, setFound] = useState<Map<string, PublicSlot[]> | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try asks again
  useEffect(() => {
    let wanted = true;
    setFound(null);
    setTrouble(null);
    const end = addDays(first, SHOWN);
    load(rangeOf(first, Date.now())).then(
      ({ data }) => {
        const days = [...byDay(data, zone)].filter(([day]) => day >= first && day < end);
        if (wanted) setFound(new Map(days));
      },
      (thrown) => wanted && setTrouble(toTrouble(thrown)),
    );
    return () => {
      wanted = false;
    };
  }, [load, first, zone, tries]);
  return { found, trouble, again: () => setTries(tries + 1) };
}

const seatWords = (seats: number) => (seats === 1 ? "1 place" : `${seats} places`);

export function Times({ load, zone, value, onChoose, horizon, shared = false }: TimesProps) {
  const id = useId();
  const today = dayIn(Date.now(), zone);
  const [first, setFirst] = useState(() => mondayOf(value ? dayIn(value, zone) : today));
  const [picked, setPicked] = useState<string | null>(null);
  const { found, trouble, again } = useFree(load, first, zone);

  // Another time that is offered elsewhere on the page lies on a day of its own.
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    if (value) {
      const day = dayIn(value, zone);
      setPicked(day);
      if (day < first || day >= addDays(first, SHOWN)) setFirst(mondayOf(day));
    }
  }

  const day = picked && found?.has(picked) ? picked : (found?.keys().next().value ?? null);
  const slots = (day && found?.get(day)) || [];
  const last = addDays(today, horizon);
  const days = Array.from({ length: SHOWN }, (_, index) => addDays(first, index));
  return (
    <>
      <div className="weeks">
        <button
          type="button"
          className="plain"
          disabled={first <= mondayOf(today)}
          onClick={() => setFirst(addDays(first, -SHOWN))}
        >
          Earlier
        </button>
        <span aria-live="polite">{rangeWords(first)}</span>
        <button
          type="button"
          className="plain"
          disabled={addDays(first, SHOWN) > last}
          onClick={() => setFirst(addDays(first, SHOWN))}
        >
          Later
        </button>
      </div>
      {trouble ? (
        <Refused trouble={trouble}>
          <button type="button" className="plain" onClick={again}>
            Try again
          </button>
        </Refused>
      ) : (
        <fieldset>
          <legend>Day</legend>
          <div className="grid weekdays" aria-hidden="true">
            {days.slice(0, 7).map((one) => (
              <span key={one}>{weekdayWords(one)}</span>
            ))}
          </div>
          <div className="grid" data-waiting={found === null || undefined}>
            {days.map((one, index) => {
              const count = found?.get(one)?.length ?? 0;
              return (
                <label key={one} className="day">
                  <input
                    type="radio"
                    name={`${id}-day`}
                    checked={one === day}
                    disabled={count === 0}
                    aria-label={`${dayWords(one)}, ${count === 1 ? "1 time" : `${count} times`}`}
                    onChange={() => setPicked(one)}
                  />
                  <span>
                    {(index === 0 || one.endsWith("-01")) && <small>{monthWords(one)}</small>}
                    {dayNumber(one)}
                  </span>
                </label>
              );
            })}
          </div>
        </fieldset>
      )}
      {!found && !trouble && <Waiting what="Looking for free times…" />}
      {found && (
        <p role="status" className={found.size > 0 ? "hidden" : undefined}>
          {found.size === 0
            ? addDays(first, SHOWN) > last
              ? "Nothing is free any more."
              : "Nothing is free in these weeks. Look later."
            : `${slots.length} times on ${dayWords(day ?? first)}`}
        </p>
      )}
      {day && (
        <fieldset>
          <legend>{dayWords(day)}</legend>
          <div className="times">
            {slots.map((slot) => (
              <label key={slot.start} className="time">
                <input
                  type="radio"
                  name={`${id}-time`}
                  checked={value !== null && Date.parse(slot.start) === Date.parse(value)}
                  onChange={() => onChoose(slot)}
                />
                <span>
                  {clock(slot.start, zone)}
                  {shared && <small>{seatWords(slot.seats)}</small>}
                </span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
    </>
  );
}
