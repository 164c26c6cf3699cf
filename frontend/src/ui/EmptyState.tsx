import { Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** Why it is empty and what belongs here. */
  body: ReactNode;
  /** 1 where it is the whole page; 2 below a page's title. */
  order?: 1 | 2;
  /** The next step: a button or link. */
  children?: ReactNode;
}

export function EmptyState({ icon: Icon, title, body, order = 2, children }: EmptyStateProps) {
  return (
    <Stack align="center" ta="center" gap="xs" py="xl" px="md">
      <ThemeIcon size={56} radius="xl" variant="light">
        <Icon size={28} strokeWidth={1.5} aria-hidden />
      </ThemeIcon>
      <Title order={order} size="h4">
        {title}
      </Title>
      <Text c="dimmed" size="sm" maw={440}>
        {body}
      </Text>
      {children}
    </Stack>
  );
}
