import { Box, Card, Center, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Logo } from "@/ui/Logo";
import { usePageTitle } from "@/ui/usePageTitle";
import classes from "./Welcome.module.css";

/** The frame of the pages before signing in. */
export function Welcome({ title, intro, children }: { title: string; intro: ReactNode; children: ReactNode }) {
  usePageTitle(title);
  return (
    <main className={classes.page}>
      <Center mih="100dvh" px="md" py="xl">
        <Stack w="100%" maw={460} gap="lg">
          <Group gap="sm" justify="center">
            <Logo size={40} />
            <Text fw={700} size="xl" style={{ letterSpacing: "-0.02em" }}>
              Calendar Stacker
            </Text>
          </Group>
          <Card padding="xl" shadow="md" radius="lg">
            <Box mb="lg">
              <Title order={1}>{title}</Title>
              <Text c="dimmed" size="sm" mt={4}>
                {intro}
              </Text>
            </Box>
            {children}
          </Card>
        </Stack>
      </Center>
    </main>
  );
}
