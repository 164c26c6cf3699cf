// Which occurrences a change means, and whom the provider may mail about it. Asked once, answered together.
import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { type ReactElement, useState } from "react";
import type { Provider } from "@/api/types";
import { useFocusBack } from "@/ui/useFocusBack";

export type Scope = "this" | "this_and_following" | "all";
export type Notify = "none" | "external" | "all";

export interface HowQuestion {
  title: string;
  text?: string;
  /** The verb on the button. */
  verb: string;
  destructive?: boolean;
  /** Which scopes can be chosen; empty for an event that does not repeat. */
  scopes: readonly Scope[];
  /** Whether there is anybody to mail. */
  guests: boolean;
  /** Who would mail them. */
  provider: Provider;
}

export interface How {
  scope?: Scope;
  notify: Notify;
}

export const scopeWords: Record<Scope, { label: string; text: string }> = {
  this: { label: "This one", text: "The others stay as they are." },
  this_and_following: { label: "This and all later ones", text: "Earlier ones stay as they are." },
  all: { label: "The whole series", text: "Past ones too." },
};

export const notifyWords: Record<Notify, string> = {
  none: "Nobody",
  external: "Guests outside the organisation",
  all: "Everybody",
};

/** What stands in place of the choice where there is none. */
export const MAILS_ALWAYS = "Microsoft mails the guests about every change by itself.";
export const choosesMails = (provider: Provider): boolean => provider !== "microsoft";

/** `ask` resolves to `null` when the person changed their mind. Put `dialog` somewhere on the page. */
export function useHow(): { ask: (question: HowQuestion) => Promise<How | null>; dialog: ReactElement | null } {
  const [open, setOpen] = useState<(HowQuestion & { answer: (how: How | null) => void }) | null>(null);
  const ask = (question: HowQuestion) =>
    new Promise<How | null>((resolve) => {
      setOpen({
        ...question,
        answer: (how) => {
          setOpen(null);
          resolve(how);
        },
      });
    });
  return { ask, dialog: open && <HowDialog {...open} /> };
}

function HowDialog({
  title,
  text,
  verb,
  destructive,
  scopes,
  guests,
  provider,
  answer,
}: HowQuestion & { answer: (how: How | null) => void }) {
  useFocusBack();
  const [scope, setScope] = useState<Scope | undefined>(scopes[0]);
  const [notify, setNotify] = useState<Notify>("none");
  return (
    <Modal opened onClose={() => answer(null)} title={title} closeButtonProps={{ "aria-label": "Cancel" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // The form that asks is around this one, and would be sent as well.
          event.stopPropagation();
          answer({ scope, notify });
        }}
      >
        <Stack>
          {text && <Text size="sm">{text}</Text>}
          {scopes.length > 0 && (
            <Radio.Group label="Which ones?" value={scope} onChange={(value) => setScope(value as Scope)}>
              <Stack gap="xs" mt="xs">
                {scopes.map((one, index) => (
                  <Radio
                    key={one}
                    value={one}
                    label={scopeWords[one].label}
                    description={scopeWords[one].text}
                    data-autofocus={index === 0 || undefined}
                  />
                ))}
              </Stack>
            </Radio.Group>
          )}
          {guests && !choosesMails(provider) && <Text size="sm">{MAILS_ALWAYS}</Text>}
          {guests && choosesMails(provider) && (
            <Radio.Group label="Who is told by mail?" value={notify} onChange={(value) => setNotify(value as Notify)}>
              <Stack gap="xs" mt="xs">
                {(Object.keys(notifyWords) as Notify[]).map((one) => (
                  <Radio key={one} value={one} label={notifyWords[one]} />
                ))}
              </Stack>
            </Radio.Group>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => answer(null)}>
              Cancel
            </Button>
            <Button type="submit" color={destructive ? "red" : undefined}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
