// The scopes a key can have, in the order people think of them.

export const areas: { name: string; scopes: { scope: string; label: string }[] }[] = [
  {
    name: "Clients",
    scopes: [
      { scope: "clients:read", label: "Read" },
      { scope: "clients:write", label: "Add, change, archive" },
    ],
  },
  {
    name: "Credentials",
    scopes: [
      { scope: "credentials:read", label: "Read (never secrets)" },
      { scope: "credentials:write", label: "Connect, change, disconnect" },
    ],
  },
  {
    name: "Calendars",
    scopes: [
      { scope: "calendars:read", label: "Read" },
      { scope: "calendars:write", label: "Choose, create" },
      { scope: "calendars:notify", label: "Let providers mail guests" },
    ],
  },
  {
    name: "Events",
    scopes: [
      { scope: "events:read", label: "Read" },
      { scope: "events:write", label: "Create, change, delete" },
    ],
  },
  {
    name: "Bookings",
    scopes: [
      { scope: "bookings:read", label: "Read services, staff, hours, customers" },
      { scope: "bookings:write", label: "Change them, and book" },
    ],
  },
  { name: "People", scopes: [{ scope: "users:write", label: "Invite, say what they may do" }] },
  { name: "API keys", scopes: [{ scope: "api_keys:write", label: "Create and revoke keys" }] },
];

const READ = /:read$/;

/** Scopes that only read. */
export const readOnly: string[] = areas
  .flatMap(({ scopes }) => scopes.map(({ scope }) => scope))
  .filter((s) => READ.test(s));
