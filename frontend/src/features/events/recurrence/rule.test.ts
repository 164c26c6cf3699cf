import { describe, expect, it } from "vitest";
import { type Anchor, follow, parseRecurrence, type Recurrence, ruleFrom, ruleProblem, writeRecurrence } from "./rule";
import { describe as inWords, ordinal } from "./words";

const berlin: Anchor = { wall: "2026-11-02T09:00:00", zone: "Europe/Berlin" }; // a Monday
const allDay: Anchor = { day: "2026-11-02" };
const weekly = (change: Partial<ReturnType<typeof ruleFrom>> = {}): Recurrence => ({
  kind: "rule",
  rule: { ...ruleFrom("2026-11-02"), ...change },
  extra: [],
  except: [],
});

describe("writing a rule", () => {
  it("ends a timed series at the last second of the day where it takes place, in UTC", () => {
    const lines = writeRecurrence(
      weekly({ weekdays: ["WE", "MO"], end: { kind: "until", day: "2026-12-16" } }),
      berlin,
    );
    expect(lines).toEqual(["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261216T225959Z"]);
  });

  it("ends an all-day series on a day", () => {
    expect(writeRecurrence(weekly({ end: { kind: "until", day: "2026-12-16" } }), allDay)).toEqual([
      "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261216",
    ]);
  });

  it("puts extra dates and exceptions at the time and zone of the start", () => {
    const series = { ...weekly(), extra: ["2026-11-05"], except: ["2026-11-09", "2026-11-16"] } as Recurrence;
    expect(writeRecurrence(series, berlin).slice(1)).toEqual([
      "RDATE;TZID=Europe/Berlin:20261105T090000",
      "EXDATE;TZID=Europe/Berlin:20261109T090000,20261116T090000",
    ]);
    expect(writeRecurrence(series, allDay)[2]).toBe("EXDATE;VALUE=DATE:20261109,20261116");
  });

  it("leaves out what the start already says", () => {
    const yearly: Recurrence = { kind: "rule", rule: ruleFrom("2026-11-02", "YEARLY"), extra: [], except: [] };
    expect(writeRecurrence(yearly, berlin)).toEqual(["RRULE:FREQ=YEARLY"]);
  });
});

describe("reading what it wrote", () => {
  const cases: [string, Recurrence][] = [
    ["weekly until", weekly({ weekdays: ["MO", "WE"], end: { kind: "until", day: "2026-12-16" } })],
    ["every 2 weeks, 5 times", weekly({ interval: 2, end: { kind: "count", count: 5 } })],
    ["daily", { kind: "rule", rule: ruleFrom("2026-11-02", "DAILY"), extra: [], except: ["2026-11-04"] }],
    [
      "last Friday of the month",
      weekly({ frequency: "MONTHLY", weekdays: [], by: { kind: "weekday", nth: -1, weekday: "FR" } }),
    ],
    [
      "second Monday of March",
      weekly({ frequency: "YEARLY", weekdays: [], month: 3, by: { kind: "weekday", nth: 2, weekday: "MO" } }),
    ],
    ["last day of the month", weekly({ frequency: "MONTHLY", weekdays: [], by: { kind: "day", day: -1 } })],
  ];
  for (const anchor of [berlin, allDay]) {
    it.each(cases)(`gives the same form: %s (${"day" in anchor ? "all day" : "timed"})`, (_, recurrence) => {
      expect(parseRecurrence(writeRecurrence(recurrence, anchor), anchor)).toEqual(recurrence);
    });
  }
});

describe("reading rules written elsewhere", () => {
  it("understands a set position as the nth weekday", () => {
    const read = parseRecurrence(["RRULE:FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2"], berlin);
    expect(read.kind === "rule" && read.rule.by).toEqual({ kind: "weekday", nth: 2, weekday: "TU" });
  });

  it.each([
    "RRULE:FREQ=HOURLY",
    "RRULE:FREQ=MONTHLY;BYDAY=MO,TU",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15",
    "RRULE:FREQ=YEARLY;BYDAY=20MO",
    "RRULE:FREQ=DAILY;BYMONTH=1",
    "RRULE:FREQ=WEEKLY;BYHOUR=9,17",
    "EXRULE:FREQ=DAILY",
  ])("keeps what the form cannot say: %s", (line) => {
    expect(parseRecurrence([line], berlin)).toEqual({ kind: "raw", lines: [line] });
  });

  it("keeps exceptions raw when their time is not the start's", () => {
    expect(parseRecurrence(["RRULE:FREQ=DAILY", "EXDATE;TZID=Europe/Berlin:20261103T100000"], berlin).kind).toBe("raw");
    expect(parseRecurrence(["RRULE:FREQ=DAILY", "EXDATE:20261103T080000Z"], berlin)).toMatchObject({
      except: ["2026-11-03"],
    });
  });

  it("reads the last day in the zone of the event", () => {
    const read = parseRecurrence(["RRULE:FREQ=DAILY;UNTIL=20261203T225959Z"], berlin);
    expect(read.kind === "rule" && read.rule.end).toEqual({ kind: "until", day: "2026-12-03" });
  });
});

describe("a start that moves", () => {
  it("takes along the weekday it chose, not the ones a person added", () => {
    expect(follow(ruleFrom("2026-11-02"), "2026-11-02", "2026-11-05").weekdays).toEqual(["TH"]);
    const two = { ...ruleFrom("2026-11-02"), weekdays: ["MO" as const, "WE" as const] };
    expect(follow(two, "2026-11-02", "2026-11-05").weekdays).toEqual(["MO", "WE"]);
  });

  it("takes along the nth weekday of the month", () => {
    const rule = {
      ...ruleFrom("2026-11-02", "MONTHLY"),
      by: { kind: "weekday" as const, nth: 1, weekday: "MO" as const },
    };
    expect(follow(rule, "2026-11-02", "2026-11-17").by).toEqual({ kind: "weekday", nth: 3, weekday: "TU" });
  });
});

describe("a rule in words", () => {
  it.each([
    [["RRULE:FREQ=DAILY"], "Every day"],
    [["RRULE:FREQ=WEEKLY"], "Every week on Monday"],
    [["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"], "Every week on Monday to Friday"],
    [["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4"], "Every 2 weeks on Monday and Wednesday, 4 times"],
    [["RRULE:FREQ=MONTHLY;BYDAY=-1FR"], "Every month on the last Friday"],
    [["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"], "Every month on the last day"],
    [["RRULE:FREQ=YEARLY"], "Every year on the 2nd of November"],
    [["RRULE:FREQ=DAILY", "EXDATE;TZID=Europe/Berlin:20261103T090000"], "Every day, except 1 date"],
    [["RRULE:FREQ=HOURLY"], "Repeats by a rule written by hand"],
    [[], "Does not repeat"],
  ])("%s", (lines, words) => {
    expect(inWords(parseRecurrence(lines, berlin), berlin)).toBe(words);
  });

  it("counts like people", () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 31].map(ordinal).join()).toBe(
      "1st,2nd,3rd,4th,11th,12th,13th,21st,22nd,31st",
    );
  });
});

describe("a rule that cannot be", () => {
  it("says what is wrong", () => {
    expect(ruleProblem({ ...ruleFrom("2026-11-02"), interval: 0 }, berlin)).toContain("1 to 999");
    expect(ruleProblem({ ...ruleFrom("2026-11-02"), end: { kind: "until", day: "2026-10-01" } }, berlin)).toContain(
      "before the first",
    );
    expect(ruleProblem(ruleFrom("2026-11-02"), berlin)).toBeNull();
  });
});
