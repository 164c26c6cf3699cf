// A text with variables: they are put in where the caret is, and an error is shown where it stands.
import { ActionIcon, Anchor, Code, Group, Menu, Text, Textarea, TextInput } from "@mantine/core";
import { Braces, X } from "lucide-react";
import { useRef } from "react";
import { sentence } from "@/lib/sentence";
import { around, expressions, type Field, insertAt } from "./template";

export interface FieldError {
  position: number | null;
  detail: string;
}

export interface FieldInputProps {
  field: Field;
  value: string;
  onChange: (value: string) => void;
  errors: FieldError[];
  /** The template's own variables. */
  variables: string[];
  /** What stands there when nothing is written. */
  placeholder?: string;
  onRemove?: () => void;
  disabled?: boolean;
}

export function FieldInput({ field, value, onChange, errors, variables, onRemove, ...rest }: FieldInputProps) {
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  // The menu takes the focus, and some browsers forget the caret with it.
  const caret = useRef<[number, number]>([value.length, value.length]);
  const note = () => {
    const { selectionStart, selectionEnd } = input.current ?? {};
    caret.current = [selectionStart ?? value.length, selectionEnd ?? value.length];
  };
  const stand = (at: number) =>
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(at, at);
    });
  const insert = (piece: string) => {
    const put = insertAt(value, ...caret.current, piece);
    onChange(put.text);
    caret.current = [put.caret, put.caret];
    // After the menu has given the focus back.
    setTimeout(() => stand(put.caret), 50);
  };
  const props = {
    ref: input,
    label: field.label,
    placeholder: rest.placeholder ?? field.hint,
    disabled: rest.disabled,
    value,
    onSelect: note,
    onBlur: note,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
    error:
      errors.length > 0
        ? errors.map((one) => {
            const place = one.position === null ? null : around(value, one.position);
            return (
              <span key={`${one.position} ${one.detail}`} style={{ display: "block" }}>
                {sentence(one.detail)}
                {place && (
                  <>
                    {" "}
                    <Code fz="xs">
                      {place.before}
                      <mark>{place.at}</mark>
                    </Code>{" "}
                    <Anchor component="button" type="button" size="xs" onClick={() => stand(place.caret)}>
                      Go there
                    </Anchor>
                  </>
                )}
              </span>
            );
          })
        : undefined,
  };
  return (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <div style={{ flex: 1, minWidth: 0 }}>
        {field.long ? <Textarea autosize minRows={2} maxRows={12} {...props} /> : <TextInput {...props} />}
      </div>
      <Group gap={0} wrap="nowrap" mt={25}>
        <Menu position="bottom-end" width={320} returnFocus>
          <Menu.Target>
            <ActionIcon
              size={36}
              variant="subtle"
              color="gray"
              disabled={rest.disabled}
              aria-label={`Insert a variable into ${field.label}`}
            >
              <Braces size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
            {variables.length > 0 && <Menu.Label>Of this template</Menu.Label>}
            {variables.map((name) => (
              <Menu.Item key={name} onClick={() => insert(`{{${name}}}`)}>
                <Code>{`{{${name}}}`}</Code>
              </Menu.Item>
            ))}
            <Menu.Label>Of every template</Menu.Label>
            {expressions.map(({ text, what }) => (
              <Menu.Item key={text} onClick={() => insert(text)}>
                <Text size="sm">{what}</Text>
                <Code>{text}</Code>
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        {onRemove && (
          <ActionIcon size={36} variant="subtle" color="gray" aria-label={`Remove ${field.label}`} onClick={onRemove}>
            <X size={18} aria-hidden />
          </ActionIcon>
        )}
      </Group>
    </Group>
  );
}
