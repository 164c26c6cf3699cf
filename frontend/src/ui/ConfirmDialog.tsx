import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useFocusBack } from "@/ui/useFocusBack";
import type { OpenQuestion } from "./confirm";

/** The dialog behind `confirm`. */
export function ConfirmDialog({ question }: { question: OpenQuestion }) {
  useFocusBack();
  const [text, setText] = useState("");
  const blocked = question.typed !== undefined && text.trim() !== question.typed;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!blocked) question.answer(true);
  };
  return (
    <Modal opened onClose={() => question.answer(false)} title={question.title}>
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
