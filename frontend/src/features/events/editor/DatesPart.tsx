import { ActionIcon, Button, Group, Input, Paper, Text, TextInput } from "@mantine/core";
import { X } from "lucide-react";
import { useState } from "react";
import { showDay } from "@/lib/wall";

/** A list of single days, e.g. the exceptions of a series. */
export function DatesPart({
  label,
  days,
  min,
  onChange,
}: {
  label: string;
  days: string[];
  min: string;
  onChange: (days: string[]) => void;
}) {
  const [day, setDay] = useState("");
  return (
    <Input.Wrapper label={label} labelElement="div">
      <Group gap="xs" mt={4}>
        {days.map((one) => (
          <Paper key={one} withBorder px={8} py={2} radius="xl">
            <Group gap={4} wrap="nowrap">
              <Text size="xs">{showDay(one)}</Text>
              <ActionIcon
                size="sm"
                variant="subtle"
                color="gray"
                aria-label={`${label}: remove ${showDay(one)}`}
                onClick={() => onChange(days.filter((other) => other !== one))}
              >
                <X size={12} aria-hidden />
              </ActionIcon>
            </Group>
          </Paper>
        ))}
        <TextInput
          type="date"
          size="xs"
          aria-label={`${label}: day to add`}
          min={min}
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
        />
        <Button
          size="compact-sm"
          variant="default"
          disabled={!day || days.includes(day)}
          aria-label={`${label}: add the day`}
          onClick={() => {
            onChange([...days, day].sort());
            setDay("");
          }}
        >
          Add
        </Button>
      </Group>
    </Input.Wrapper>
  );
}
