// A time that is not offered, and what each rule says about it.
import { Button, Group, List, Skeleton, Stack, Text, TextInput, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check, CircleHelp, X } from "lucide-react";
import { useState } from "react";
import { api } from "@/api/client";
import { sentence } from "@/lib/sentence";
import { instantOf, wallAt } from "@/lib/wall";
import { Failure } from "@/ui/Failure";
import { AsOf } from "./AsOf";
import { Alternatives } from "./Refused";
import { ruleKept } from "./words";

export interface WhyNotProps {
  service: string;
  variant: string | undefined;
  staff: string | undefined;
  day: string;
  zone: string;
  /** The booking that is to be moved: it does not stand in its own way. */
  moving: string | undefined;
  onChoose: (start: string) => void;
}

export function WhyNot({ day, zone, ...asked }: WhyNotProps) {
  const [time, setTime] = useState("");
  const [wanted, setWanted] = useState<string | null>(null);
  const start = wanted && instantOf(wallAt(day, wanted), zone);
  return (
    <Stack gap="xs">
      <Group align="flex-end" gap="xs">
        <TextInput
          type="time"
          label="Another time"
          value={time}
          onChange={(event) => {
            setTime(event.currentTarget.value);
            setWanted(null);
          }}
        />
        <Button
          variant="default"
          leftSection={<CircleHelp size={16} aria-hidden />}
          disabled={time === ""}
          onClick={() => setWanted(time)}
        >
          Ask about it
        </Button>
      </Group>
      {start && <Verdicts key={start} start={start} zone={zone} {...asked} />}
    </Stack>
  );
}

interface VerdictsProps extends Omit<WhyNotProps, "day"> {
  start: string;
}

function Verdicts({ service, variant, staff, zone, moving, start, onChoose }: VerdictsProps) {
  const query = { service_id: service, variant, staff_id: staff, moving, start, time_zone: zone };
  const asked = useQuery({
    queryKey: ["get", "/api/v1/availability/explain", query],
    queryFn: async ({ signal }) => {
      const [explained, checked] = await Promise.all([
        api.GET("/api/v1/availability/explain", { params: { query }, signal }),
        api.GET("/api/v1/availability/check", { params: { query }, signal }),
      ]);
      if (!explained.data) throw new Error("empty answer");
      return { ...explained.data, alternatives: checked.data?.alternatives ?? [] };
    },
  });
  if (asked.error) return <Failure error={asked.error} onRetry={() => void asked.refetch()} />;
  if (!asked.data) return <Skeleton h={120} aria-busy aria-label="Asking" />;
  const { checked, people, alternatives } = asked.data;
  if (checked.available) {
    return (
      <Group gap="xs" role="status">
        <Text size="sm">{checked.say}</Text>
        <Button size="compact-md" variant="light" onClick={() => onChoose(start)}>
          Take this time
        </Button>
      </Group>
    );
  }
  return (
    <Stack gap="sm" role="region" aria-label="Why is this not free?">
      <Title order={3}>Why is this not free?</Title>
      <Text size="sm">{checked.say}</Text>
      {people.map((person) => (
        <div key={person.staff_id}>
          <Text size="sm" fw={600} mb={4}>
            {person.name}
          </Text>
          <List type="ordered" size="sm" spacing={4} listStyleType="none">
            {person.verdicts.map(({ rule, outcome, reasons }) => (
              <List.Item
                key={rule}
                icon={
                  <ThemeIcon
                    size={18}
                    radius="xl"
                    variant="light"
                    color={outcome === "ok" ? "teal" : outcome === "no" ? "red" : "orange"}
                  >
                    {outcome === "ok" ? (
                      <Check size={12} aria-hidden />
                    ) : outcome === "no" ? (
                      <X size={12} aria-hidden />
                    ) : (
                      <CircleHelp size={12} aria-hidden />
                    )}
                  </ThemeIcon>
                }
              >
                <Text size="sm" c={outcome === "ok" ? "dimmed" : undefined}>
                  {outcome === "ok" ? ruleKept[rule] : reasons.map((one) => sentence(one.say)).join(" ")}
                </Text>
              </List.Item>
            ))}
          </List>
        </div>
      ))}
      <AsOf answer={checked} />
      <Alternatives alternatives={alternatives} onChoose={(one) => onChoose(one.start)} />
    </Stack>
  );
}
