import { Button, Menu } from "@mantine/core";
import { Download } from "lucide-react";
import { type ExportFilter, exportUrl, type Format } from "./exports";

const formats: { format: Format; label: string }[] = [
  { format: "csv", label: "CSV, for spreadsheets" },
  { format: "ics", label: "ICS, for calendars" },
  { format: "json", label: "JSON, for programs" },
];

/** Files with the events that are meant. Read in again unchanged, they change nothing. */
export function ExportMenu({ filter, compact = false }: { filter: ExportFilter; compact?: boolean }) {
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="default"
          size={compact ? "compact-md" : undefined}
          leftSection={<Download size={compact ? 14 : 16} aria-hidden />}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, label }) => (
          <Menu.Item key={format} component="a" href={exportUrl(format, filter)} download>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
