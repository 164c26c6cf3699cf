// Who is invited, what they answered, and who is told about changes.
import { ActionIcon, Badge, Box, Checkbox, Group, Radio, Stack, Text, TextInput } from "@mantine/core";
import { Check, CircleHelp, type LucideIcon, Minus, X } from "lucide-react";
import { useState } from "react";
import type { Provider } from "@/api/types";
import { announce } from "@/ui/announce";
import { type Guest, readGuests } from "../form";
import { choosesMails, MAILS_ALWAYS, type Notify, notifyWords } from "../HowDialog";
import { fieldId, type PartProps } from "./field";

export const answers: Record<Guest["response"], { word: string; color: string; icon: LucideIcon }> = {
  accepted: { word: "Comes", color: "teal", icon: Check },
  declined: { word: "Declined", color: "red", icon: X },
  tentative: { word: "Maybe", color: "yellow", icon: CircleHelp },
  needs_action: { word: "No answer yet", color: "gray", icon: Minus },
};

export interface GuestsPartProps extends PartProps {
  hadGuests: boolean;
  provider: Provider;
}

export function GuestsPart({ form, set, errors, hadGuests, provider }: GuestsPartProps) {
  const toTell = form.guests.length > 0 || hadGuests;
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const add = () => {
    const { guests, rest } = readGuests(text);
    const known = new Set(form.guests.map((one) => one.email.toLowerCase()));
    const fresh = guests.filter((one) => !known.has(one.email.toLowerCase()));
    if (fresh.length > 0) {
      set((old) => ({
        ...old,
        guests: [
          ...old.guests,
          ...fresh.map((one): Guest => ({ ...one, optional: false, response: "needs_action", self: false })),
        ],
      }));
      announce(`${fresh.map((one) => one.email).join(", ")} added`);
    }
    setText(rest.join(", "));
    setWrong(
      rest.length > 0
        ? `“${rest[0]}” is not an e-mail address.`
        : guests.length > fresh.length
          ? "Already invited."
          : "",
    );
    return rest.length === 0;
  };
  const change = (email: string, part: Partial<Guest>) =>
    set((old) => ({ ...old, guests: old.guests.map((one) => (one.email === email ? { ...one, ...part } : one)) }));
  const remove = (email: string) => {
    set((old) => ({ ...old, guests: old.guests.filter((one) => one.email !== email) }));
    announce(`${email} removed`);
    document.getElementById(fieldId("guests"))?.focus();
  };
  return (
    <Stack gap="sm">
      <TextInput
        id={fieldId("guests")}
        label="Guests"
        description="E-mail addresses; press Enter or comma after each, or paste a list."
        placeholder="cara@example.com"
        inputMode="email"
        autoComplete="off"
        value={text}
        error={wrong || errors.guests}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setWrong("");
        }}
        onKeyDown={(event) => {
          if ((event.key === "Enter" || event.key === "," || event.key === ";") && text.trim()) {
            event.preventDefault();
            add();
          }
        }}
        onBlur={() => text.trim() && add()}
      />
      {form.guests.length > 0 && (
        <Stack gap={4} component="ul" p={0} m={0} style={{ listStyle: "none" }} aria-label="Guests">
          {form.guests.map((guest, index) => {
            const answer = answers[guest.response];
            const Icon = answer.icon;
            const error = errors[`guests.${index}`];
            return (
              <Box
                component="li"
                key={guest.email}
                px="sm"
                py={6}
                style={{ border: "1px solid var(--cs-line)", borderRadius: "var(--mantine-radius-md)" }}
              >
                <Group gap="xs">
                  <Box style={{ flex: "1 1 12rem", minWidth: 0 }}>
                    <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
                      {guest.name || guest.email}
                      {guest.self && " (this account)"}
                    </Text>
                    {guest.name && (
                      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                        {guest.email}
                      </Text>
                    )}
                    {error && (
                      <Text size="xs" c="red">
                        {error}
                      </Text>
                    )}
                  </Box>
                  <Badge
                    variant="light"
                    color={answer.color}
                    tt="none"
                    leftSection={<Icon size={12} aria-hidden />}
                    style={{ flexShrink: 0 }}
                  >
                    {answer.word}
                  </Badge>
                  <Checkbox
                    size="xs"
                    label="Optional"
                    aria-label={`${guest.email} is optional`}
                    checked={guest.optional}
                    onChange={(event) => change(guest.email, { optional: event.currentTarget.checked })}
                  />
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Remove ${guest.email}`}
                    onClick={() => remove(guest.email)}
                  >
                    <X size={16} aria-hidden />
                  </ActionIcon>
                </Group>
              </Box>
            );
          })}
        </Stack>
      )}
      {toTell && !choosesMails(provider) && (
        <Text size="sm" c="dimmed">
          {MAILS_ALWAYS}
        </Text>
      )}
      {toTell && choosesMails(provider) && (
        <Radio.Group
          label="Who is told by mail when you save?"
          description="The provider sends the mails. “Nobody” is the quiet choice: guests see the event in their calendars without a message."
          value={form.notify}
          onChange={(value) => set({ notify: value as Notify })}
        >
          <Group mt="xs" gap="md">
            {(Object.keys(notifyWords) as Notify[]).map((one) => (
              <Radio key={one} value={one} label={notifyWords[one]} />
            ))}
          </Group>
        </Radio.Group>
      )}
    </Stack>
  );
}
