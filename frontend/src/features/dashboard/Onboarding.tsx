import { ActionIcon, Button, Card, Group, Progress, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import { useState } from "react";
import { useMay } from "@/api/session";
import type { Dashboard } from "@/api/types";
import { recall, remember } from "@/lib/storage";
import classes from "./Onboarding.module.css";

const KEY = "cs.onboarding";

interface Step {
  title: string;
  body: string;
  done: boolean;
  verb: string;
  link: LinkProps;
}

/** The way to the first event. It leaves when all is done, or when it is sent away. */
export function Onboarding({ data }: { data: Dashboard }) {
  const [hidden, setHidden] = useState(recall(KEY) === "hidden");
  // The first steps are those of whoever begins a business here.
  const begins = useMay("clients:write", { all: true });
  const { not_authorized: _, ...known } = data.credentials.by_status;
  // Once connected is enough: what became of it since is no first step.
  const connected = Object.values(known).some((count) => count > 0);
  const steps: Step[] = [
    {
      title: "Add a client",
      body: "The business whose calendars you manage.",
      done: data.clients.active > 0,
      verb: "Add client",
      link: { to: "/clients", search: { new: true } as never },
    },
    {
      title: "Connect an account",
      body: "Google, Microsoft 365, iCloud, Nextcloud, Fastmail or any CalDAV server.",
      done: connected,
      verb: "Connect",
      link: { to: "/credentials/new" },
    },
    {
      title: "Choose calendars",
      body: "Which to show, and which make their owner busy.",
      done: data.calendars.selected > 0,
      verb: "Choose",
      link: { to: "/calendars" },
    },
    {
      title: "Create an event",
      body: "Select a time, give it a title, save.",
      done: data.events.mirrored > 0,
      verb: "New event",
      link: { to: "/calendar", search: { event: "new" } as never },
    },
  ];
  const done = steps.filter((step) => step.done).length;
  const next = steps.find((step) => !step.done);
  if (hidden || !next || !begins) return null;
  return (
    <Card component="section" aria-labelledby="onboarding">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Title order={2} id="onboarding">
            Get started
          </Title>
          <Text size="sm" c="dimmed">
            {done} of {steps.length} steps done
          </Text>
        </div>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Hide the first steps"
          onClick={() => {
            remember(KEY, "hidden");
            setHidden(true);
          }}
        >
          <X size={18} aria-hidden />
        </ActionIcon>
      </Group>
      <Progress
        value={(done / steps.length) * 100}
        size="sm"
        my="md"
        aria-label={`${done} of ${steps.length} steps done`}
      />
      <ol className={classes.steps}>
        {steps.map((step, index) => (
          <li key={step.title}>
            <Group gap="sm" wrap="nowrap" align="flex-start">
              <ThemeIcon radius="xl" size={28} variant={step.done ? "filled" : step === next ? "light" : "default"}>
                {step.done ? (
                  <Check size={16} aria-hidden />
                ) : (
                  <Text span size="xs" fw={700}>
                    {index + 1}
                  </Text>
                )}
              </ThemeIcon>
              <Stack gap={4} align="flex-start">
                <Text
                  size="sm"
                  fw={600}
                  td={step.done ? "line-through" : undefined}
                  c={step.done ? "dimmed" : undefined}
                >
                  {step.title}
                  {step.done && <span className={classes.said}> (done)</span>}
                </Text>
                <Text size="xs" c="dimmed">
                  {step.body}
                </Text>
                {step === next && (
                  <Button size="compact-sm" mt={4} renderRoot={(props) => <Link {...step.link} {...props} />}>
                    {step.verb}
                  </Button>
                )}
              </Stack>
            </Group>
          </li>
        ))}
      </ol>
    </Card>
  );
}
