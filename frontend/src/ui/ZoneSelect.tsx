import { Select, type SelectProps } from "@mantine/core";
import { useMemo } from "react";
import { allZones, localZone, zoneOffset } from "@/lib/time";

/** Chooses an IANA time zone; type a city to find it. The browser's own zone comes first. */
export function ZoneSelect(props: Omit<SelectProps, "data">) {
  const value = props.value ?? props.defaultValue;
  const data = useMemo(() => {
    const own = localZone();
    const zones = [...new Set([own, ...(value ? [value] : []), ...allZones()])];
    return zones.map((zone) => ({ value: zone, label: `${zone.replaceAll("_", " ")} (${zoneOffset(zone)})` }));
  }, [value]);
  return (
    <Select searchable limit={60} nothingFoundMessage="No such zone" maxDropdownHeight={280} {...props} data={data} />
  );
}
