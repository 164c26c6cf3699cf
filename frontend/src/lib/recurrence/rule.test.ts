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

  it("names the month of a yearly day, which would be meant in every month otherwise", () => {
    const rule = { ...ruleFrom("2026-11-02", "YEARLY"), by: { kind: "day" as const, day: 15 } };
    expect(writeRecurrence({ kind: "rule", rule, extra: [], except: [] }, berlin)).toEqual([
      "RRULE:FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=15",
    ]);
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
    ["last workday of the month", weekly({ frequency: "MONTHLY", weekdays: [], by: { kind: "workday", nth: -1 } })],
    [
      "another day of the start's month, every year",
      weekly({ frequency: "YEARLY", weekdays: [], month: 11, by: { kind: "day", day: 15 } }),
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
    // In every month of the year, not once.
    "RRULE:FREQ=YEARLY;BYMONTHDAY=15",
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

  it("takes a last moment before the start's time of day for the end on the day before", () => {
    const read = parseRecurrence(["RRULE:FREQ=DAILY;UNTIL=20261203T070000Z"], berlin);
    expect(read.kind === "rule" && read.rule.end).toEqual({ kind: "until", day: "2026-12-02" });
    const exactly = parseRecurrence(["RRULE:FREQ=DAILY;UNTIL=20261203T080000Z"], berlin);
    expect(exactly.kind === "rule" && exactly.rule.end).toEqual({ kind: "until", day: "2026-12-03" });
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
    [["RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"], "Every day, only on Monday to Friday"],
    [["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"], "Every month on the 1st and 15th"],
    [["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1,15"], "Every month on the 15th and last day"],
    [["RRULE:FREQ=MONTHLY;BYMONTHDAY=31"], "Every month on the 31st, where there is one"],
    [["RRULE:FREQ=MONTHLY;BYDAY=1MO,-1FR"], "Every month on the first Monday and last Friday"],
    [["RRULE:FREQ=MONTHLY;BYDAY=MO,TH"], "Every month on every Monday and Thursday"],
    [["RRULE:FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2"], "Every month on the second Tuesday"],
    [
      ["RRULE:FREQ=MONTHLY;BYDAY=FR,TH,WE,TU,MO;BYSETPOS=-1;COUNT=3"],
      "Every month on the last workday (Monday to Friday), 3 times",
    ],
    [["RRULE:FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1"], "Every month on the first day that is a Saturday or a Sunday"],
    [["RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"], "Every month on the 13th, only when that is a Friday"],
    [["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"], "Every year on the 29th of February, where there is one"],
    [
      ["RRULE:FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=31"],
      "Every year on the 31st of March and September, where there is one",
    ],
    [["RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=-1SU"], "Every year on the last Sunday of April"],
    [["RRULE:FREQ=WEEKLY;BYDAY=MO;BYMONTH=6,7"], "Every week on Monday, only in June and July"],
    [
      ["RRULE:FREQ=WEEKLY;COUNT=7", "RDATE;TZID=Europe/Berlin:20261105T090000,20261106T090000"],
      "Every week on Monday, 7 times, plus 2 dates",
    ],
    [["RDATE;TZID=Europe/Berlin:20261105T090000"], "Once, plus 1 date"],
    // What there are no exact words for is shown as it is.
    ...[
      "FREQ=HOURLY",
      "FREQ=WEEKLY;BYHOUR=9,17",
      "FREQ=YEARLY;BYDAY=20MO",
      "FREQ=YEARLY;BYMONTHDAY=15",
      "FREQ=YEARLY;BYMONTH=1,2;BYDAY=MO;BYSETPOS=1",
      "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1,3",
      "FREQ=MONTHLY;BYMONTHDAY=-2",
      "FREQ=MONTHLY;BYDAY=MO,1TU",
      "FREQ=DAILY;COUNT=3;UNTIL=20261203T225959Z",
      "FREQ=DAILY;INTERVAL=1;INTERVAL=2",
    ].map((rule): [string[], string] => [[`RRULE:${rule}`], `By the rule ${rule}`]),
    [["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], "By the rule FREQ=DAILY; FREQ=WEEKLY"],
    [["RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"], "By the rule FREQ=DAILY; EXRULE:FREQ=WEEKLY"],
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
