// Asks before something is lost: `if (await confirm({ … })) …`. <ConfirmHost> stands once in the application.
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState, useSyncExternalStore } from "react";

export interface Question {
  title: string;
  /** What will happen, and what will not. */
  body: ReactNode;
  /** The verb on the button, e.g. “Delete event”. */
  verb: string;
  /** Red button; default true. */
  destructive?: boolean;
  /** For what cannot be undone: the person types this text first. */
  typed?: string;
}

interface Open extends Question {
  answer: (yes: boolean) => void;
}

let open: Open | null = null;
const listeners = new Set<() => void>();
const set = (next: Open | null) => {
  open = next;
  for (const listener of listeners) listener();
};

export function confirm(question: Question): Promise<boolean> {
  open?.answer(false);
  return new Promise((resolve) => {
    set({
      ...question,
      answer: (yes) => {
        set(null);
        resolve(yes);
      },
    });
  });
}

export function ConfirmHost() {
  const current = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
  return current && <Dialog key={current.title} question={current} />;
}

function Dialog({ question }: { question: Open }) {
  const [text, setText] = useState("");
  const blocked = question.typed !== undefined && text.trim() !== question.typed;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!blocked) question.answer(true);
  };
  return (
    <Modal opened onClose={() => question.answer(false)} title={question.title} role="alertdialog">
      <form onSubmit={submit}>
        <Stack>
          {typeof question.body === "string" ? <Text size="sm">{question.body}</Text> : question.body}
          {question.typed !== undefined && (
            <TextInput
              label={
                <>
                  Type <b>{question.typed}</b> to confirm
                </>
              }
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              data-autofocus
              autoComplete="off"
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => question.answer(false)}>
              Cancel
            </Button>
            <Button
              type="submit"
              color={question.destructive === false ? undefined : "red"}
              disabled={blocked}
              data-autofocus={question.typed === undefined || undefined}
            >
              {question.verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
