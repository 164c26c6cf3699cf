// Numbers with their nouns.
const numbers = new Intl.NumberFormat();

export const number = (n: number): string => numbers.format(n);

/** “1 event”, “1,200 events”. */
export const count = (n: number, one: string, many = `${one}s`): string => `${number(n)} ${n === 1 ? one : many}`;

/** “40 seconds”, “3 minutes”, “2 hours”, “5 days”. */
export function span(seconds: number): string {
  if (seconds < 60) return count(Math.max(0, Math.round(seconds)), "second");
  if (seconds < 5_400) return count(Math.round(seconds / 60), "minute");
  return seconds < 172_800 ? count(Math.round(seconds / 3_600), "hour") : count(Math.round(seconds / 86_400), "day");
}

/** “4 KiB”, “1.5 MiB”, “200 MiB”. */
export function bytes(size: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let at = 0;
  let rest = size;
  for (; rest >= 1024 && at < units.length - 1; at++) rest /= 1024;
  return `${at === 0 || rest >= 10 ? Math.round(rest) : Number(rest.toFixed(1))} ${units[at]}`;
}
