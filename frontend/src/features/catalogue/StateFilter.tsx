import { SegmentedControl, VisuallyHidden } from "@mantine/core";

export type Shown = "active" | "archived" | "all";

/** Which entries of a list are shown. */
export function StateFilter({ value, onChange }: { value: Shown; onChange: (value: Shown) => void }) {
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
      <VisuallyHidden component="legend">State</VisuallyHidden>
      <SegmentedControl
        value={value}
        onChange={(next) => onChange(next as Shown)}
        data={[
          { value: "active", label: "Active" },
          { value: "archived", label: "Archived" },
          { value: "all", label: "All" },
        ]}
      />
    </fieldset>
  );
}
