// A rough, honest estimate of how long a password would withstand guessing. Only advice: the rule is the service's (≥ 10 characters).

export const MIN_LENGTH = 10;

export interface Strength {
  /** 0 (too short) to 4 (strong). */
  score: 0 | 1 | 2 | 3 | 4;
  label: string;
  hint: string;
}

const COMMON = /password|passwort|qwert|asdf|abc123|letmein|welcome|admin|iloveyou|monkey|dragon|calendar/gi;
const RUN = /(.)\1{2,}|0123|1234|2345|3456|4567|5678|6789|abcd|efgh/gi;

/** @param personal words that a guesser would try first: name, e-mail, organisation. */
export function strength(password: string, personal: readonly string[] = []): Strength {
  if (password.length < MIN_LENGTH) {
    const missing = MIN_LENGTH - password.length;
    return { score: 0, label: "Too short", hint: `${missing} more ${missing === 1 ? "character" : "characters"}` };
  }
  let rest = password.replace(COMMON, "x").replace(RUN, "x");
  for (const word of personal.flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u))) {
    if (word.length >= 3) rest = rest.toLowerCase().replaceAll(word, "x");
  }
  const alphabet =
    (/[a-z]/.test(rest) ? 26 : 0) +
    (/[A-Z]/.test(rest) ? 26 : 0) +
    (/\d/.test(rest) ? 10 : 0) +
    (/[^\w]|_/.test(rest) ? 20 : 0);
  // Words are easier to guess than letters: long runs of letters count for less.
  const effective = rest.replace(/\p{L}{4,}/gu, (word) => word.slice(0, Math.ceil(word.length * 0.6))).length;
  const bits = effective * Math.log2(Math.max(alphabet, 2));
  if (bits < 35) return { score: 1, label: "Weak", hint: "Add words that do not belong together" };
  if (bits < 50) return { score: 2, label: "Fair", hint: "One more word makes it good" };
  if (bits < 65) return { score: 3, label: "Good", hint: "Good enough for most" };
  return { score: 4, label: "Strong", hint: "Keep it in a password manager" };
}
