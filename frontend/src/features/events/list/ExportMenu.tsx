import { Button, Menu } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { api } from "@/api/client";
import { type ExportFilter, exportUrl, type Format, save } from "./exports";

const formats: { format: Format; label: string }[] = [
  { format: "csv", label: "CSV, for spreadsheets" },
  { format: "ics", label: "ICS, for calendars" },
  { format: "json", label: "JSON, for programs" },
];

/** Files with the events that are meant. Read in again unchanged, they change nothing. */
export function ExportMenu({ filter, compact = false }: { filter: ExportFilter; compact?: boolean }) {
  const named = useMutation({
    mutationFn: async ({ format, event_ids }: { format: Format; event_ids: string[] }) => {
      const { data } = await api.POST("/api/v1/exports", { body: { format, event_ids }, parseAs: "blob" });
      if (data) save(data, `events.${format}`);
    },
  });
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="default"
          size={compact ? "compact-md" : undefined}
          loading={named.isPending}
          leftSection={<Download size={compact ? 14 : 16} aria-hidden />}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, label }) =>
          "ids" in filter ? (
            <Menu.Item key={format} onClick={() => named.mutate({ format, event_ids: filter.ids })}>
              {label}
            </Menu.Item>
          ) : (
            <Menu.Item key={format} component="a" href={exportUrl(format, filter)} download>
              {label}
            </Menu.Item>
          ),
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
