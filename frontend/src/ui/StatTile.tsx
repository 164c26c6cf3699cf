import { Card, Group, Skeleton, Text, ThemeIcon } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export interface StatTileProps {
  label: string;
  /** `undefined` while loading. */
  value: number | undefined;
  detail?: ReactNode;
  icon: LucideIcon;
  color?: string;
  /** Where the figure leads. */
  link: LinkProps;
}

const numbers = new Intl.NumberFormat();

/** A figure with its name; the whole tile is a link to what it counts. */
export function StatTile({ label, value, detail, icon: Icon, color, link }: StatTileProps) {
  return (
    <Card
      padding="md"
      renderRoot={(props) => <Link {...link} {...props} />}
      style={{ textDecoration: "none", color: "inherit" }}
      data-tile
    >
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" c="dimmed" fw={500}>
          {label}
        </Text>
        <ThemeIcon variant="light" color={color} size="md" radius="md">
          <Icon size={16} aria-hidden />
        </ThemeIcon>
      </Group>
      {value === undefined ? (
        <Skeleton h={34} w={64} my={2} />
      ) : (
        <Text fz={28} fw={700} lh="38px" style={{ letterSpacing: "-0.02em", fontVariantNumeric: "tabular-nums" }}>
          {numbers.format(value)}
        </Text>
      )}
      <Text size="xs" c="dimmed" mih={18} component="div">
        {detail}
      </Text>
    </Card>
  );
}
