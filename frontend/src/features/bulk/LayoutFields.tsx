import { NumberInput, Select, SimpleGrid, Switch } from "@mantine/core";
import type { ReactNode } from "react";
import type { Layout, LayoutPatch } from "@/api/types";
import { ZoneSelect } from "@/ui/ZoneSelect";
import { allDayEnds, answers, dateOrders, delimiters, encodings } from "./layout";

export interface LayoutFieldsProps {
  layout: Layout;
  onChange: (change: LayoutPatch) => void;
  /** Only what answers this doubt. */
  answers?: string;
}

/** How a table is written, each part to be changed. */
export function LayoutFields({ layout, onChange, answers: code }: LayoutFieldsProps) {
  const fields = {
    encoding: (
      <Select
        label="Encoding"
        searchable
        allowDeselect={false}
        data={encodings(layout.encoding)}
        value={layout.encoding}
        onChange={(encoding) => encoding && onChange({ encoding })}
      />
    ),
    delimiter: (
      <Select
        label="Between cells"
        allowDeselect={false}
        data={delimiters}
        value={layout.delimiter}
        onChange={(value) => value && onChange({ delimiter: value as Layout["delimiter"] })}
      />
    ),
    date_order: (
      <Select
        label="Dates"
        allowDeselect={false}
        data={dateOrders}
        value={layout.date_order}
        onChange={(value) => value && onChange({ date_order: value as Layout["date_order"] })}
      />
    ),
    all_day_end: (
      <Select
        label="The end of whole days is"
        allowDeselect={false}
        data={allDayEnds}
        value={layout.all_day_end}
        onChange={(value) => value && onChange({ all_day_end: value as Layout["all_day_end"] })}
      />
    ),
  };
  if (code !== undefined) {
    const asked = answers[code];
    return asked ? <div style={{ maxWidth: "20rem" }}>{fields[asked]}</div> : null;
  }
  const others: ReactNode = (
    <>
      <ZoneSelect
        label="Times are in"
        placeholder="The zone of each calendar"
        clearable
        clearButtonProps={{ "aria-label": "The zone of each calendar" }}
        value={layout.time_zone}
        onChange={(time_zone) => onChange({ time_zone })}
      />
      <NumberInput
        label="Length, if no column says it"
        placeholder="Such rows are refused"
        suffix=" min"
        min={1}
        max={1440}
        allowDecimal={false}
        defaultValue={layout.default_minutes ?? ""}
        onBlur={(event) => {
          const minutes = Number.parseInt(event.currentTarget.value, 10);
          const default_minutes = Number.isFinite(minutes) ? minutes : null;
          if (default_minutes !== layout.default_minutes) onChange({ default_minutes });
        }}
      />
    </>
  );
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
      {fields.encoding}
      {fields.delimiter}
      {fields.date_order}
      {fields.all_day_end}
      {others}
      <Switch
        label="The first row names the columns"
        py={8}
        style={{ alignSelf: "end" }}
        checked={layout.header}
        onChange={(event) => onChange({ header: event.currentTarget.checked })}
      />
    </SimpleGrid>
  );
}
