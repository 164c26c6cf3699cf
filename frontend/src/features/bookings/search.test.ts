import { expect, test } from "vitest";
import { bookingsSearch } from "./search";

test("an address says what is shown", () => {
  const said = {
    view: "board",
    date: "2026-12-01",
    zone: "Europe/Berlin",
    status: "held",
    from: "any",
    flagged: true,
    booking: "bkg_1",
  };
  expect(bookingsSearch(said)).toEqual(said);
});

test("odd values in an address fall back to the default view", () => {
  const odd = {
    view: "grid",
    date: "2026-02-31",
    zone: "Mars/Olympus",
    status: "maybe",
    from: "today",
    flagged: "yes",
    q: "",
  };
  expect(Object.values(bookingsSearch(odd)).filter((one) => one !== undefined)).toEqual([]);
});
