/** What a machine said, as a sentence: a capital at its beginning, a stop at its end. */
export function sentence(text: string): string {
  const said = text.trim();
  if (!said) return said;
  return `${said[0]?.toUpperCase()}${said.slice(1)}${/[.!?…][)\]”"’]*$/.test(said) ? "" : "."}`;
}
