import { Button, CopyButton, TextInput, type TextInputProps } from "@mantine/core";
import { Check, Copy } from "lucide-react";

/** A read-only value with a copy button, e.g. a redirect URI or a fresh API key. */
export function CopyField({ value, ...props }: TextInputProps & { value: string }) {
  return (
    <TextInput
      {...props}
      value={value}
      readOnly
      onFocus={(event) => event.currentTarget.select()}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      rightSectionWidth={92}
      rightSection={
        <CopyButton value={value} timeout={2000}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant="light"
              onClick={copy}
              leftSection={copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      }
    />
  );
}
