import { expect, test } from "vitest";
import { sentence } from "./sentence";

test.each([
  ["the account may not do this", "The account may not do this."],
  ["Ready.", "Ready."],
  ["it ended. (Google: revoked.)", "It ended. (Google: revoked.)"],
  ["why not?", "Why not?"],
  ["  ", ""],
])("“%s” becomes “%s”", (said, shown) => expect(sentence(said)).toBe(shown));
