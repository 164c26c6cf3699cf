// What the signed-in person may do, and with which client: the same words as the service, which decides again.
import type { AccessLevel, Me } from "./types";

const ranks: Record<AccessLevel, number> = { read: 1, write: 2, admin: 3 };

/** The level that a scope needs with the client concerned. Scopes without one are for those who see everything. */
const needs: Record<string, AccessLevel> = {
  "calendars:write": "write",
  "calendars:notify": "write",
  "events:write": "write",
  "bookings:write": "write",
  "credentials:write": "admin",
  "clients:write": "admin",
};

export interface Where {
  /** With this client; without: with any. */
  client?: string;
  /** Another level than the scope's own. */
  least?: AccessLevel;
  /** Not as one of the staff. */
  whole?: boolean;
  /** With all clients there are. */
  all?: boolean;
}

export function mayDo(me: Me | null, scope: string, { client, least, whole, all }: Where = {}): boolean {
  if (!me?.scopes.includes(scope)) return false;
  // What an older version of this application has kept says nothing about it: the service decides.
  if (me.sees_all !== false) return true;
  const level = least ?? needs[scope];
  if (all) return false;
  if (!level) return true;
  return me.access.some(
    (one) =>
      (!client || one.client_id === client) && ranks[one.level] >= ranks[level] && !(whole && one.staff_id !== null),
  );
}
