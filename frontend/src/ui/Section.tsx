import { Box, Card, Group, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

export interface SectionProps {
  title: string;
  description?: ReactNode;
  /** At the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A titled card; also a named region for screen readers. */
export function Section({ title, description, aside, children }: SectionProps) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id}>
      <Group justify="space-between" mb="sm" align="flex-start" gap="xs">
        <Box miw={0}>
          <Title order={2} id={id} style={{ overflowWrap: "anywhere" }}>
            {title}
          </Title>
          {description && (
            <Text size="sm" c="dimmed">
              {description}
            </Text>
          )}
        </Box>
        {aside}
      </Group>
      {children}
    </Card>
  );
}
