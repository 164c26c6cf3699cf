// Where in time: view, day, zone.
import { ActionIcon, Button, Group, Popover, SegmentedControl, Select, Title } from "@mantine/core";
import { DatePicker } from "@mantine/dates";
import { CalendarSearch, ChevronLeft, ChevronRight, Globe } from "lucide-react";
import { useMemo, useState } from "react";
import { allZones, localZone, zoneOffset } from "@/lib/time";
import { addDays, showDays, showWall } from "@/lib/wall";
import { rangeOf, type View } from "./place";

const names: Record<View, string> = { month: "Month", week: "Week", days: "3 days", day: "Day", agenda: "Agenda" };
const views = (phone: boolean): View[] => ["month", phone ? "days" : "week", "day", "agenda"];

/** “November 2026”, “16 – 22 Nov 2026”, … */
export function rangeTitle(view: View, day: string): string {
  if (view === "month") return showWall(day, { month: "long", year: "numeric" });
  if (view === "day") return showWall(day, { weekday: "long", day: "numeric", month: "short", year: "numeric" });
  const { from, to } = rangeOf(view, day);
  return showDays(from, addDays(to, -1));
}

export interface ToolbarProps {
  view: View;
  day: string;
  zone: string;
  clientZone: string | null;
  /** There is little room: the zone is chosen elsewhere. */
  phone: boolean;
  onView: (view: View) => void;
  onDay: (day: string) => void;
  onStep: (by: 1 | -1) => void;
  onToday: () => void;
  onZone: (zone: string) => void;
  onIntent: (by: 1 | -1) => void;
}

export function Toolbar({
  view,
  day,
  zone,
  clientZone,
  phone,
  onView,
  onDay,
  onStep,
  onToday,
  onZone,
  onIntent,
}: ToolbarProps) {
  const [picking, setPicking] = useState(false);
  const name = names[view].toLowerCase();
  return (
    <Group gap="xs" mb="sm" justify="space-between">
      <Group gap={6} wrap="nowrap">
        <Button variant="default" size="sm" onClick={onToday}>
          Today
        </Button>
        <ActionIcon
          variant="default"
          size={36}
          aria-label={view === "agenda" ? "Earlier" : `Previous ${name}`}
          onMouseEnter={() => onIntent(-1)}
          onFocus={() => onIntent(-1)}
          onClick={() => onStep(-1)}
        >
          <ChevronLeft size={18} aria-hidden />
        </ActionIcon>
        <ActionIcon
          variant="default"
          size={36}
          aria-label={view === "agenda" ? "Later" : `Next ${name}`}
          onMouseEnter={() => onIntent(1)}
          onFocus={() => onIntent(1)}
          onClick={() => onStep(1)}
        >
          <ChevronRight size={18} aria-hidden />
        </ActionIcon>
        <Popover opened={picking} onChange={setPicking} trapFocus returnFocus withArrow position="bottom">
          <Popover.Target>
            <ActionIcon variant="default" size={36} aria-label="Go to a day" onClick={() => setPicking(!picking)}>
              <CalendarSearch size={18} aria-hidden />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown>
            <DatePicker
              value={day}
              defaultDate={day}
              aria-label="Go to a day"
              onChange={(value) => {
                setPicking(false);
                if (value) onDay(value.slice(0, 10));
              }}
            />
          </Popover.Dropdown>
        </Popover>
      </Group>
      <Title
        order={2}
        size="h4"
        aria-live="polite"
        fz={phone ? "sm" : undefined}
        style={{ flex: phone ? "1 1 6rem" : "1 1 11rem" }}
      >
        {rangeTitle(view, day)}
      </Title>
      <Group gap="xs" flex={phone ? "1 1 100%" : undefined}>
        <SegmentedControl
          fullWidth={phone}
          flex={phone ? 1 : undefined}
          aria-label="View"
          value={view}
          onChange={(value) => onView(value as View)}
          data={views(phone).map((one) => ({ value: one, label: names[one] }))}
          size="sm"
        />
        {!phone && <ZoneSwitch day={day} zone={zone} clientZone={clientZone} onZone={onZone} />}
      </Group>
    </Group>
  );
}

/** In whose time the calendar is shown. */
export function ZoneSwitch({
  day,
  zone,
  clientZone,
  onZone,
}: Pick<ToolbarProps, "day" | "zone" | "clientZone" | "onZone">) {
  const data = useMemo(() => {
    const own = localZone();
    // As it is on the day in view: in summer another one than in winter.
    const at = new Date(`${day}T12:00:00Z`);
    const item = (value: string) => ({ value, label: `${value.replaceAll("_", " ")} (${zoneOffset(value, at)})` });
    const usual = [
      ...(clientZone && clientZone !== own ? [{ group: "The client’s", items: [item(clientZone)] }] : []),
      { group: clientZone === own ? "The client’s and yours" : "Yours", items: [item(own)] },
    ];
    const others = [...new Set([zone, ...allZones()])].filter((one) => one !== own && one !== clientZone);
    return [...usual, { group: "All", items: others.map(item) }];
  }, [clientZone, zone, day]);
  return (
    <Select
      aria-label="Times are shown in"
      searchable
      allowDeselect={false}
      limit={60}
      nothingFoundMessage="No such zone"
      leftSection={<Globe size={16} aria-hidden />}
      value={zone}
      data={data}
      onChange={(value) => value && onZone(value)}
      w={250}
      comboboxProps={{ width: 300 }}
    />
  );
}
