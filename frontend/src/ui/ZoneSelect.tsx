import { Select, type SelectProps } from "@mantine/core";
import { useMemo } from "react";
import { allZones, localZone, zoneOffset } from "@/lib/time";

export interface ZoneSelectProps extends Omit<SelectProps, "data"> {
  /** The day the offsets are shown for; a zone may have another one in summer. Without it today. */
  day?: string;
}

/** Chooses an IANA time zone; type a city to find it. The browser's own zone comes first. */
export function ZoneSelect({ day, ...props }: ZoneSelectProps) {
  const value = props.value ?? props.defaultValue;
  const data = useMemo(() => {
    const own = localZone();
    const zones = [...new Set([own, ...(value ? [value] : []), ...allZones()])];
    const at = day ? new Date(`${day}T12:00:00Z`) : new Date();
    return zones.map((zone) => ({ value: zone, label: `${zone.replaceAll("_", " ")} (${zoneOffset(zone, at)})` }));
  }, [value, day]);
  return (
    <Select searchable limit={60} nothingFoundMessage="No such zone" maxDropdownHeight={280} {...props} data={data} />
  );
}
