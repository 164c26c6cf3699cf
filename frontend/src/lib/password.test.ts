import { expect, test } from "vitest";
import { strength } from "./password";

test("a password below ten characters is too short, whatever it consists of", () => {
  expect(strength("aZ3$xY9!q")).toMatchObject({ score: 0, hint: "1 more character" });
});

test("a common word with digits is weak", () => {
  expect(strength("password1234").score).toBe(1);
});

test("one's own name and address count for little", () => {
  const personal = ["Dana Kowalski", "dana@bright-agency.example"];
  expect(strength("kowalskidana1", personal).score).toBeLessThan(strength("kowalskidana1").score);
});

test("four unrelated words are strong", () => {
  expect(strength("correct horse battery staple").score).toBe(4);
});
