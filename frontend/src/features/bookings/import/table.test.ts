import { describe, expect, it } from "vitest";
import { decode, gapsOf, guess, missing, orderOf, readTable, rowOf, understood, write } from "./table";

describe("a table of another system", () => {
  it("is read with quotes, line breaks within, any delimiter, and without empty lines", () => {
    expect(readTable('\ufeffDay;Who\r\n"2.3.2026";"Lind; ""Cara""\nsecond line"\r\n;\r\n\r\n3.3.2026;Jo')).toEqual([
      { number: 1, cells: ["Day", "Who"] },
      { number: 2, cells: ["2.3.2026", 'Lind; "Cara"\nsecond line'] },
      { number: 5, cells: ["3.3.2026", "Jo"] },
    ]);
    expect(readTable("a\tb, c\n1\t2").map((row) => row.cells)).toEqual([
      ["a", "b, c"],
      ["1", "2"],
    ]);
  });

  it("keeps the numbers its rows have in a spreadsheet, with empty ones anywhere", () => {
    const numbers = readTable("\n\na;b\n1;2\n;\n3;4\n\n\n\n5;6\n;\n").map((row) => row.number);
    expect(numbers).toEqual([3, 4, 6, 10]);
    const gaps = gapsOf(numbers);
    expect(gaps).toBe("1-2,5,7-9");
    expect(numbers.map((_, at) => rowOf(at + 1, gaps))).toEqual(numbers);
    expect(gapsOf([1, 2, 3])).toBe("");
    expect(rowOf(20, "")).toBe(20);
    expect(rowOf(20, "nonsense")).toBe(20);
  });

  it("is read in the letters of older spreadsheets", () => {
    expect(decode(new Uint8Array([0x4d, 0xfc, 0x6c]).buffer)).toBe("Mül");
    expect(decode(new TextEncoder().encode("Mül").buffer as ArrayBuffer)).toBe("Mül");
  });

  it("has columns that are known by their names, each purpose once", () => {
    expect(guess(["Appointment Date", "Time", "Customer", "Name", "E-Mail", "Colour"])).toEqual([
      "day",
      "time",
      "customer_name",
      null,
      "customer_email",
      null,
    ]);
    expect(missing(["start", null])).toMatch(/service/);
    expect(missing(["service", "time"])).toMatch(/begins/);
    expect(missing(["service", "day"])).toBeNull();
  });

  it("says which comes first, the day or the month, or leaves it in doubt", () => {
    expect(orderOf(["2026-03-02"])).toBeNull();
    expect(orderOf(["1/2/2026", "1/13/2026"])).toEqual({ order: "month", sure: true });
    expect(orderOf(["13.2.2026"])).toEqual({ order: "day", sure: true });
    expect(orderOf(["3/4/2026"])).toEqual({ order: "month", sure: false });
    expect(orderOf(["3.4.2026"])).toEqual({ order: "day", sure: false });
  });
});

describe("what is sent", () => {
  const one = (start: string, order: "day" | "month" = "day") => understood([[start]], ["start"], order)[0]?.start;

  it("has its moments as the service reads them, and what is none as it was", () => {
    expect(one("2.3.2026 9:30")).toBe("2026-03-02T09:30");
    expect(one("3/2/2026, 1:05 PM", "month")).toBe("2026-03-02T13:05");
    expect(one("2026-03-02 09:30:00")).toBe("2026-03-02T09:30");
    expect(one("2026-03-02T08:30:00Z")).toBe("2026-03-02T08:30:00Z");
    expect(one("12/31/2026 12 am", "month")).toBe("2026-12-31T00:00");
    expect(one("someday")).toBe("someday");
    expect(one("2.3.2026")).toBe("2.3.2026");
  });

  it("is put together from day, time and an end on the same day", () => {
    const rows = understood(
      [["2.3.2026", "9:30", "10:15", "Check-up", "Canceled", "45 min"]],
      ["day", "time", "end", "service", "status", "duration_minutes"],
      "day",
    );
    expect(rows).toEqual([
      {
        start: "2026-03-02T09:30",
        end: "2026-03-02T10:15",
        duration_minutes: "45",
        service: "Check-up",
        status: "cancelled",
      },
    ]);
    expect(write([{ start: "1", notes: 'say "hi",\nyou' }])).toBe('start,notes\n1,"say ""hi"",\nyou"');
  });
});
