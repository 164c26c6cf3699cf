// The chart loads on demand: recharts is larger than everything else on the page.
import "@mantine/charts/styles.css";
import { BarChart } from "@mantine/charts";
import { Table, Text, VisuallyHidden } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import type { Dashboard } from "@/api/types";

const label = (date: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));

export function EventsPerDay({ days }: { days: Dashboard["events"]["per_day"] }) {
  const still = useReducedMotion();
  const total = days.reduce((sum, day) => sum + day.count, 0);
  const busiest = days.reduce<(typeof days)[number] | undefined>(
    (best, day) => (day.count > (best?.count ?? 0) ? day : best),
    undefined,
  );
  if (!busiest) {
    return (
      <Text size="sm" c="dimmed" py="sm">
        No events in these days.
      </Text>
    );
  }
  return (
    <>
      <div aria-hidden>
        <BarChart
          h={200}
          data={days.map(({ date, count }) => ({
            day: label(date, { weekday: "short", day: "numeric" }),
            Events: count,
          }))}
          dataKey="day"
          series={[{ name: "Events", color: "brand.5" }]}
          barProps={{ radius: [4, 4, 0, 0], isAnimationActive: !still, maxBarSize: 36 }}
          yAxisProps={{ allowDecimals: false, width: 32 }}
          tickLine="none"
          tabIndex={-1}
          barChartProps={{ accessibilityLayer: false }}
        />
      </div>
      <Text size="sm" c="dimmed" mt="xs">
        {`${total} ${total === 1 ? "event" : "events"}; the busiest day is ${label(busiest.date, { weekday: "long", day: "numeric", month: "long" })} with ${busiest.count}.`}
      </Text>
      <VisuallyHidden>
        <Table>
          <caption>Events per day</caption>
          <tbody>
            {days.map(({ date, count }) => (
              <tr key={date}>
                <th scope="row">{label(date, { dateStyle: "full" })}</th>
                <td>{count}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      </VisuallyHidden>
    </>
  );
}
