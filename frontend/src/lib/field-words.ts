// The fields of an event in words.
const words: Record<string, string> = {
  title: "title",
  description: "description",
  location: "location",
  start: "time",
  end: "time",
  time: "time",
  recurrence: "repetition",
  attendees: "guests",
  response: "answer",
  reminders: "reminders",
  visibility: "visibility",
  transparency: "busy or free",
  status: "status",
  colour: "colour",
  conference: "video call",
  metadata: "own data",
};

/** Names of fields for people, each once. */
export const fieldWords = (fields: readonly string[]): string =>
  [...new Set(fields.filter((field) => field !== "notify").map((field) => words[field] ?? field))].join(", ");
