// Talks to the public endpoints: nobody is signed in, nothing is kept.
import type {
  Alternative,
  FieldError,
  Problem,
  PublicBooking,
  PublicBookingIn,
  PublicCreated,
  PublicPage,
  PublicSlots,
} from "@/api/types";

/** What went wrong, in the service's own words. */
export class Trouble extends Error {
  readonly status: number;
  readonly action: string | null;
  readonly errors: readonly FieldError[];
  /** The time is gone; these are free. */
  readonly alternatives: readonly Alternative[] | null;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? "That did not work.");
    this.status = status;
    this.action = problem.action ?? null;
    this.errors = problem.errors ?? [];
    this.alternatives = problem.unavailable?.alternatives ?? null;
  }
}

export const toTrouble = (thrown: unknown): Trouble =>
  thrown instanceof Trouble
    ? thrown
    : new Trouble(0, { detail: "There is no connection.", action: "Try again when there is one." });

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(`/api/v1/public/${path}`, { cache: "no-store", credentials: "omit", ...init });
  if (answer.ok) return (await answer.json()) as T;
  const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>;
  throw new Trouble(answer.status, problem);
}

const post = <T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> =>
  ask<T>(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

/** Random, also on a page without TLS, where browsers have no `randomUUID`. */
export const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export interface Range {
  from: string;
  to: string;
}
export interface Wanted {
  service_id: string;
  variant: string | null;
  staff_id: string | null;
}

const query = (values: Record<string, string | null>): string => {
  const given = Object.entries(values).filter((one): one is [string, string] => one[1] !== null);
  return new URLSearchParams(given).toString();
};
const of = encodeURIComponent;

export const readPage = (slug: string) => ask<PublicPage>(of(slug));
export const readSlots = (slug: string, wanted: Wanted, range: Range) =>
  ask<PublicSlots>(`${of(slug)}/slots?${query({ ...wanted, ...range })}`);
/** The same `key` again is the same booking again. */
export const book = (slug: string, body: PublicBookingIn, key: string) =>
  post<PublicCreated>(`${of(slug)}/bookings`, body, { "Idempotency-Key": key });

export const readBooking = (token: string) => ask<PublicBooking>(`bookings/${of(token)}`);
export const readOtherSlots = (token: string, range: Range) =>
  ask<PublicSlots>(`bookings/${of(token)}/slots?${query({ ...range })}`);
export const reschedule = (token: string, start: string) =>
  post<PublicBooking>(`bookings/${of(token)}/reschedule`, { start });
export const cancel = (token: string, reason: string | null) =>
  post<PublicBooking>(`bookings/${of(token)}/cancel`, { reason });
