// One appointment as a file for any calendar (RFC 5545): escaped, folded at 75 bytes, CRLF at the ends of lines.

export interface Appointment {
  uid: string;
  title: string;
  start: string;
  end: string;
  location: string | null;
  description: string;
}

const stamp = (instant: string): string => new Date(instant).toISOString().replaceAll(/[-:]|\.\d+/g, "");
const text = (value: string): string => value.replaceAll(/[\\;,]/g, "\\$&").replaceAll(/\r?\n|\r/g, "\\n");

function fold(line: string): string {
  const bytes = new TextEncoder();
  const lines: string[] = [];
  let now = "";
  let size = 0;
  for (const letter of line) {
    const more = bytes.encode(letter).length;
    // The blank in front of what goes on counts, too.
    if (size + more > 75) {
      lines.push(now);
      now = "";
      size = 1;
    }
    now += letter;
    size += more;
  }
  return [...lines, now].join("\r\n ");
}

export function ics({ uid, title, start, end, location, description }: Appointment, now: string): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Calendar Stacker//Booking page//EN",
    "METHOD:PUBLISH",
    "BEGIN:VEVENT",
    `UID:${text(uid)}`,
    `DTSTAMP:${stamp(now)}`,
    `DTSTART:${stamp(start)}`,
    `DTEND:${stamp(end)}`,
    `SUMMARY:${text(title)}`,
    ...(location ? [`LOCATION:${text(location)}`] : []),
    ...(description ? [`DESCRIPTION:${text(description)}`] : []),
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join("");
}

/** The same name for the same booking, so that a calendar that has it changes it; says nothing about the link (FNV-1a). */
export function uidOf(link: string, host: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(link)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return `booking-${hash.toString(16)}@${host}`;
}
