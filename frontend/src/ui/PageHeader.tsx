import { Box, Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Breakable } from "./Breakable";
import { HelpLink } from "./HelpLink";
import { usePageTitle } from "./usePageTitle";

export interface PageHeaderProps {
  title: string;
  description?: ReactNode;
  /** Article of the help page that explains this page. */
  help?: string;
  /** Buttons at the right (below on phones). */
  children?: ReactNode;
}

/** The head of every page: its only h1, one sentence, its actions. Also names the browser tab. */
export function PageHeader({ title, description, help, children }: PageHeaderProps) {
  usePageTitle(title);
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
      <Box style={{ minWidth: 0, flex: "1 1 16rem" }}>
        <Group gap={4} wrap="nowrap">
          <Title order={1} style={{ overflowWrap: "anywhere" }}>
            <Breakable text={title} />
          </Title>
          {help && <HelpLink topic={help} />}
        </Group>
        {description && (
          <Text c="dimmed" size="sm" mt={2} style={{ overflowWrap: "anywhere" }}>
            {description}
          </Text>
        )}
      </Box>
      {children && <Group gap="xs">{children}</Group>}
    </Group>
  );
}
