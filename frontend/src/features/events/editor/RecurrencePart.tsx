// Whether and how it repeats: the usual rules, a builder, the raw lines; a sentence and the next dates below.
import {
  Alert,
  Button,
  Chip,
  Group,
  Input,
  NumberInput,
  Paper,
  Radio,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useMemo } from "react";
import {
  anchorDay,
  FREQUENCIES,
  type Frequency,
  isLastOf,
  isWorkday,
  nthOf,
  parseRecurrence,
  proposeUntil,
  type Recurrence,
  type Rule,
  ruleFrom,
  ruleProblem,
  WEEKDAYS,
  type Weekday,
  writeRecurrence,
} from "@/lib/recurrence/rule";
import { describe, nthName, ordinal, unitName, weekdayName } from "@/lib/recurrence/words";
import { weekdayOf } from "@/lib/wall";
import { anchorOf } from "../form";
import { DatesPart } from "./DatesPart";
import { fieldId, type PartProps } from "./field";
import { Preview } from "./Preview";

const keptWords = (by: Rule["by"]): string => {
  switch (by.kind) {
    case "day":
      return by.day === -1 ? "on the last day" : `on the ${ordinal(by.day)}`;
    case "weekday":
      return `on the ${nthName(by.nth)} ${weekdayName(by.weekday)}`;
    case "workday":
      return `on the ${nthName(by.nth)} workday (Monday to Friday)`;
  }
};

type RuleRecurrence = Extract<Recurrence, { kind: "rule" }>;

const presetsFor = (day: string): { value: string; recurrence: Recurrence }[] => {
  const weekday = WEEKDAYS[weekdayOf(day) - 1] as Weekday;
  const rule = (one: Rule): Recurrence => ({ kind: "rule", rule: one, extra: [], except: [] });
  const monthly = ruleFrom(day, "MONTHLY");
  return [
    { value: "none", recurrence: { kind: "none" } },
    { value: "daily", recurrence: rule(ruleFrom(day, "DAILY")) },
    { value: "workdays", recurrence: rule({ ...ruleFrom(day), weekdays: ["MO", "TU", "WE", "TH", "FR"] }) },
    { value: "weekly", recurrence: rule(ruleFrom(day)) },
    { value: "monthly-day", recurrence: rule(monthly) },
    {
      value: "monthly-nth",
      recurrence: rule({ ...monthly, by: { kind: "weekday", nth: isLastOf(day) ? -1 : nthOf(day), weekday } }),
    },
    { value: "yearly", recurrence: rule(ruleFrom(day, "YEARLY")) },
  ];
};

export function RecurrencePart({ form, set, errors, calendarZone }: PartProps & { calendarZone: string | null }) {
  const anchor = anchorOf(form);
  const start = anchorDay(anchor);
  const { recurrence } = form;
  const presets = useMemo(() => (start ? presetsFor(start) : []), [start]);
  if (!start || (!form.allDay && !form.startTime)) return null;
  const same = (a: Recurrence, b: Recurrence) =>
    JSON.stringify(writeRecurrence(a, anchor)) === JSON.stringify(writeRecurrence(b, anchor));
  const preset = presets.find((one) => same(one.recurrence, recurrence))?.value;
  const choice = recurrence.kind === "raw" ? "raw" : (preset ?? "custom");
  const write = (next: Recurrence) => set({ recurrence: next });
  const choose = (value: string | null) => {
    const known = presets.find((one) => one.value === value);
    if (known) write(known.recurrence);
    else if (value === "custom") {
      const rule = recurrence.kind === "rule" ? recurrence.rule : ruleFrom(start);
      // Something that no preset says, so that the builder stays open.
      const end: Rule["end"] = rule.end.kind === "never" ? { kind: "until", day: proposeUntil(rule, start) } : rule.end;
      write({ kind: "rule", rule: { ...rule, end }, extra: [], except: [] });
    } else if (value === "raw") {
      const lines = writeRecurrence(recurrence, anchor);
      write({ kind: "raw", lines: lines.length > 0 ? lines : ["RRULE:FREQ=WEEKLY"] });
    }
  };
  const problem = recurrence.kind === "rule" ? ruleProblem(recurrence.rule, anchor) : null;
  return (
    <Stack gap="sm">
      <Select
        id={fieldId("recurrence")}
        label="Repeat"
        allowDeselect={false}
        value={choice}
        error={errors.recurrence}
        onChange={choose}
        data={[
          ...presets.map((one) => ({ value: one.value, label: describe(one.recurrence, anchor) })),
          { value: "custom", label: "Custom…" },
          { value: "raw", label: "Write the rule (RFC 5545)…" },
        ]}
      />
      {recurrence.kind === "rule" && choice === "custom" && (
        <Builder recurrence={recurrence} start={start} problem={problem} onChange={write} />
      )}
      {recurrence.kind === "rule" && choice !== "custom" && (
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => choose("custom")}>
            Weekdays, end, exceptions…
          </Button>
        </Group>
      )}
      {recurrence.kind === "raw" && (
        <RawLines
          lines={recurrence.lines}
          onChange={(lines) => write({ kind: "raw", lines })}
          onBuilder={
            parseRecurrence(recurrence.lines, anchor).kind === "rule"
              ? () => write(parseRecurrence(recurrence.lines, anchor))
              : undefined
          }
        />
      )}
      {recurrence.kind !== "none" && (
        <Paper bg="var(--mantine-color-default-hover)" p="sm">
          <Text size="sm" fw={600} role="status">
            {describe(recurrence, anchor)}
          </Text>
          {problem === null && <Preview form={form} calendarZone={calendarZone} />}
        </Paper>
      )}
    </Stack>
  );
}

function Builder({
  recurrence,
  start,
  problem,
  onChange,
}: {
  recurrence: RuleRecurrence;
  start: string;
  problem: string | null;
  onChange: (next: Recurrence) => void;
}) {
  const { rule } = recurrence;
  const put = (part: Partial<Rule>) => onChange({ ...recurrence, rule: { ...rule, ...part } });
  const weekday = WEEKDAYS[weekdayOf(start) - 1] as Weekday;
  const day = Number(start.slice(8, 10));
  const toFrequency = (frequency: Frequency) =>
    put({ ...ruleFrom(start, frequency), interval: rule.interval, end: rule.end, weekStart: rule.weekStart });
  const bys: { value: string; label: string; by: Rule["by"] }[] = [
    { value: "day", label: `on the ${ordinal(day)}`, by: { kind: "day", day } },
    ...(isLastOf(start) && day >= 28
      ? [{ value: "last-day", label: "on the last day", by: { kind: "day" as const, day: -1 } }]
      : []),
    {
      value: "nth",
      label: `on the ${nthName(nthOf(start))} ${weekdayName(weekday)}`,
      by: { kind: "weekday", nth: nthOf(start), weekday },
    },
    ...([1, -1] as const)
      .filter((nth) => isWorkday(start, nth))
      .map((nth) => ({
        value: `workday${nth}`,
        label: `on the ${nthName(nth)} workday (Monday to Friday)`,
        by: { kind: "workday" as const, nth },
      })),
    ...(isLastOf(start)
      ? [
          {
            value: "last",
            label: `on the last ${weekdayName(weekday)}`,
            by: { kind: "weekday" as const, nth: -1, weekday },
          },
        ]
      : []),
  ];
  const by = bys.find((one) => JSON.stringify(one.by) === JSON.stringify(rule.by));
  return (
    <Paper withBorder p="sm">
      <Stack gap="sm">
        <Group gap="xs" align="flex-end">
          <NumberInput
            label="Every"
            min={1}
            max={999}
            allowDecimal={false}
            w={80}
            value={rule.interval}
            onChange={(value) => put({ interval: Number(value) })}
          />
          <Select
            aria-label="Unit"
            allowDeselect={false}
            w={130}
            value={rule.frequency}
            data={FREQUENCIES.map((one) => ({ value: one, label: unitName(one, rule.interval) }))}
            onChange={(value) => value && toFrequency(value as Frequency)}
          />
        </Group>
        {rule.frequency === "WEEKLY" && (
          <Input.Wrapper label="On" labelElement="div">
            <Chip.Group
              multiple
              value={rule.weekdays}
              onChange={(days) => put({ weekdays: WEEKDAYS.filter((one) => days.includes(one)) })}
            >
              <Group gap={6} mt={4} role="group" aria-label="Weekdays">
                {WEEKDAYS.map((one) => (
                  <Chip key={one} value={one} size="sm" aria-label={weekdayName(one)}>
                    {weekdayName(one).slice(0, 3)}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
          </Input.Wrapper>
        )}
        {(rule.frequency === "MONTHLY" || rule.frequency === "YEARLY") && (
          <Select
            label="Which day"
            allowDeselect={false}
            value={by?.value ?? "kept"}
            data={[
              ...bys.map(({ value, label }) => ({ value, label })),
              ...(by
                ? []
                : [
                    {
                      value: "kept",
                      label: keptWords(rule.by),
                    },
                  ]),
            ]}
            onChange={(value) => {
              const next = bys.find((one) => one.value === value);
              if (next) put({ by: next.by, month: Number(start.slice(5, 7)) });
            }}
          />
        )}
        <Radio.Group
          label="Ends"
          value={rule.end.kind}
          error={problem}
          onChange={(kind) =>
            put({
              end:
                kind === "until"
                  ? { kind, day: proposeUntil(rule, start) }
                  : kind === "count"
                    ? { kind, count: 10 }
                    : { kind: "never" },
            })
          }
        >
          <Stack gap="xs" mt={4} mb={4}>
            <Radio value="never" label="Never" />
            <Group gap="xs">
              <Radio value="until" label="On" />
              <TextInput
                type="date"
                aria-label="Last day"
                min={start}
                disabled={rule.end.kind !== "until"}
                value={rule.end.kind === "until" ? rule.end.day : ""}
                onChange={(event) => put({ end: { kind: "until", day: event.currentTarget.value } })}
              />
            </Group>
            <Group gap="xs">
              <Radio value="count" label="After" />
              <NumberInput
                aria-label="How many times"
                min={1}
                max={9999}
                allowDecimal={false}
                w={90}
                suffix=" times"
                disabled={rule.end.kind !== "count"}
                value={rule.end.kind === "count" ? rule.end.count : ""}
                onChange={(value) => put({ end: { kind: "count", count: Number(value) } })}
              />
            </Group>
          </Stack>
        </Radio.Group>
        <DatesPart
          label="Not on"
          days={recurrence.except}
          min={start}
          onChange={(except) => onChange({ ...recurrence, except })}
        />
        <DatesPart
          label="Also on"
          days={recurrence.extra}
          min={start}
          onChange={(extra) => onChange({ ...recurrence, extra })}
        />
      </Stack>
    </Paper>
  );
}

function RawLines({
  lines,
  onChange,
  onBuilder,
}: {
  lines: string[];
  onChange: (lines: string[]) => void;
  /** Given when the builder can say the same. */
  onBuilder?: () => void;
}) {
  return (
    <>
      <Textarea
        label="Rule"
        description="RRULE, RDATE and EXDATE lines of RFC 5545."
        autosize
        minRows={2}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        value={lines.join("\n")}
        onChange={(event) => onChange(event.currentTarget.value.split("\n"))}
      />
      {onBuilder ? (
        <Button size="compact-sm" variant="default" w="fit-content" onClick={onBuilder}>
          Back to the builder
        </Button>
      ) : (
        <Alert color="gray" py="xs">
          <Text size="xs">The builder cannot say this rule; it is kept exactly as written.</Text>
        </Alert>
      )}
    </>
  );
}
