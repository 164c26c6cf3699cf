// Small things that both pages are made of.
import { type ReactNode, useEffect, useRef } from "react";
import type { Trouble } from "./api";
import { clock, dayIn, dayWords, sameClock, zoneWords } from "./days";

/** The headline; with `arrive` it takes the focus, because everything below it is new. */
export function Headline({ children, arrive = false }: { children: string; arrive?: boolean }) {
  const line = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (arrive) line.current?.focus();
  }, [arrive]);
  useEffect(() => {
    document.title = children;
  }, [children]);
  return (
    <h1 ref={line} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** A page that cannot be shown. */
export function Sorry({ title, detail, onRetry }: { title: string; detail: string; onRetry?: () => void }) {
  return (
    <main>
      <Headline>{title}</Headline>
      <p>{detail}</p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </main>
  );
}

export const Waiting = ({ what }: { what: string }) => (
  <div className="waiting" role="status" aria-busy="true">
    <span className="quiet">{what}</span>
  </div>
);

/** What the service said about a request, and what it offers instead. */
export function Refused({ trouble, words, children }: { trouble: Trouble; words?: string; children?: ReactNode }) {
  return (
    <div className="refused" role="alert">
      <p>
        <strong>{words ?? trouble.message}</strong>
      </p>
      {trouble.action && <p>{trouble.action}</p>}
      {children}
    </div>
  );
}

/** In which zone times are, and whether the business's clock shows something else. */
export function Zones({ zone, business, name }: { zone: string; business: string; name: string }) {
  const now = new Date().toISOString();
  return (
    <p className="quiet">
      Times in <b>{zoneWords(zone)}</b>, where you are.
      {!sameClock(now, zone, business) &&
        ` ${name} is in ${zoneWords(business)}, where it is ${clock(now, business)} now.`}
    </p>
  );
}

/** A moment by the visitor's clock, and by the business's if that shows something else. */
export function There({
  start,
  zone,
  business,
  name,
}: {
  start: string;
  zone: string;
  business: string;
  name: string;
}) {
  if (sameClock(start, zone, business)) return null;
  const day = dayIn(start, business);
  return (
    <span className="quiet">
      {clock(start, business)}
      {day !== dayIn(start, zone) && ` on ${dayWords(day)}`} at {name} ({zoneWords(business)})
    </span>
  );
}
