// Which rows of a long table stand on the screen: rows of one height, the page itself scrolls.
import { type RefObject, useEffect, useState } from "react";

export interface Windowed {
  first: number;
  /** Exclusive. */
  last: number;
}

/** @param spare rows drawn above and below what is visible. */
export function windowOf(top: number, height: number, count: number, row: number, spare: number): Windowed {
  const first = Math.min(Math.max(0, Math.floor(-top / row) - spare), Math.max(0, count - 1));
  const last = Math.min(count, Math.ceil((height - top) / row) + spare);
  return { first, last: Math.max(last, Math.min(count, first + spare)) };
}

export function useWindowed(body: RefObject<HTMLElement | null>, count: number, row: number): Windowed {
  const [shown, setShown] = useState<Windowed>({ first: 0, last: Math.min(count, 40) });
  useEffect(() => {
    const measure = () => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const next = windowOf(top, window.innerHeight, count, row, 12);
      setShown((old) => (old.first === next.first && old.last === next.last ? old : next));
    };
    measure();
    window.addEventListener("scroll", measure, { passive: true });
    window.addEventListener("resize", measure);
    return () => {
      window.removeEventListener("scroll", measure);
      window.removeEventListener("resize", measure);
    };
  }, [body, count, row]);
  return shown;
}
