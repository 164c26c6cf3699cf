// Colours of calendars. Outlook and many CalDAV servers give them none, and then all of them would look the same.

/** Far enough apart to be told apart, dark enough for white on them. */
const PALETTE = ["#0f766e", "#1d4ed8", "#b45309", "#be185d", "#7c3aed", "#15803d", "#0e7490", "#b91c1c"] as const;

/** A calendar's own colour, else one that follows from its name in the service: the same on every screen. */
export function calendarColour({ id, colour }: { id: string; colour: string | null }): string {
  if (colour) return colour;
  const sum = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 7);
  return PALETTE[sum % PALETTE.length] ?? PALETTE[0];
}
