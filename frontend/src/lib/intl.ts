// Formatters are dear to make and cheap to use: a view of a thousand events needs five of them, not five thousand.
const made = new Map<string, Intl.DateTimeFormat>();

/** The formatter of the browser's locale for these options. */
export function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  let format = made.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(undefined, options);
    made.set(key, format);
  }
  return format;
}
