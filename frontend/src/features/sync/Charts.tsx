// The charts load on demand: recharts is larger than everything else on the page.
import type { SyncFigures } from "@/api/types";
import "@mantine/charts/styles.css";
import { LineChart } from "@mantine/charts";
import { SimpleGrid, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import type { By } from "@/api/sync";
import { dateFormat } from "@/lib/intl";
import { providerNames } from "@/ui/status";
import { millis } from "./words";

const colours = ["brand.5", "orange.6", "violet.5"];

export function Charts({ by, figures }: { by: By; figures: readonly SyncFigures[] }) {
  const still = useReducedMotion();
  if (figures.length === 0) {
    return (
      <Text size="sm" c="dimmed" py="sm">
        Nothing was exchanged in this time.
      </Text>
    );
  }
  const providers = [...new Set(figures.map((one) => one.provider))].sort();
  const starts = [...new Set(figures.map((one) => one.start))].sort();
  const format = dateFormat(
    by === "hour" ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" },
  );
  const rows = (value: (one: SyncFigures) => number | null) =>
    starts.map((start) => ({
      at: format.format(new Date(start)),
      ...Object.fromEntries(
        figures.filter((one) => one.start === start).map((one) => [providerNames[one.provider], value(one)]),
      ),
    }));
  const series = providers.map((provider, index) => ({
    name: providerNames[provider],
    color: colours[index % colours.length] ?? "gray",
  }));
  const common = {
    h: 200,
    dataKey: "at",
    series,
    withLegend: providers.length > 1,
    // A single point is a line without length: it must be seen too.
    withDots: true,
    connectNulls: true,
    tickLine: "none" as const,
    lineChartProps: { accessibilityLayer: false },
    lineProps: { isAnimationActive: !still },
  };
  const share = (value: number) => `${Math.round(value * 1000) / 10} %`;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, md: 2 }} aria-hidden>
        <div>
          <Title order={3} size="h6" mb="xs">
            Went well
          </Title>
          <LineChart
            {...common}
            data={rows((one) => one.success_rate)}
            valueFormatter={share}
            yAxisProps={{ width: 56, domain: [0, 1] }}
          />
        </div>
        <div>
          <Title order={3} size="h6" mb="xs">
            Lag (95 %)
          </Title>
          <LineChart
            {...common}
            data={rows((one) => one.lag_ms.p95)}
            valueFormatter={millis}
            yAxisProps={{ width: 64 }}
          />
        </div>
      </SimpleGrid>
      {providers.map((provider) => {
        const own = figures.filter((one) => one.provider === provider);
        const good = own.reduce((sum, one) => sum + one.ok + one.quiet, 0);
        const all = own.reduce((sum, one) => sum + one.ok + one.quiet + one.failed, 0);
        return (
          <Text size="sm" c="dimmed" key={provider}>
            {providerNames[provider]}:{" "}
            {all === 0 ? "nothing exchanged" : `${share(good / all)} of ${all} exchanges went well`}.
          </Text>
        );
      })}
      <VisuallyHidden>
        <Table>
          <caption>Exchanges by provider and time</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Provider</th>
              <th scope="col">Went well</th>
              <th scope="col">Lag</th>
            </tr>
          </thead>
          <tbody>
            {figures.map((one) => (
              <tr key={`${one.start} ${one.provider}`}>
                <th scope="row">{format.format(new Date(one.start))}</th>
                <td>{providerNames[one.provider]}</td>
                <td>{share(one.success_rate)}</td>
                <td>{one.lag_ms.p95 === null ? "unknown" : millis(one.lag_ms.p95)}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      </VisuallyHidden>
    </Stack>
  );
}
