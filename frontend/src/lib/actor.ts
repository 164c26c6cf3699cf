/** Who did something, after “by”; of others only what they are is known. */
export function actorWords(actor: string, me: string | undefined): string {
  if (actor === me) return "you";
  if (actor.startsWith("usr_")) return "somebody of the team";
  if (actor.startsWith("key_")) return "a program with an API key";
  return { customer: "the customer", provider: "the provider", system: "the service itself" }[actor] ?? actor;
}
