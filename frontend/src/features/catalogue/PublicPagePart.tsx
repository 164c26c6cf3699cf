// The page on which customers book themselves: its address, what it says, and how to show it on another site.
import { Anchor, Fieldset, Stack, Text, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CopyField } from "@/ui/CopyField";
import type { Fields } from "./Policy";

export interface PublicPagePartProps {
  form: UseFormReturnType<Fields>;
  /** The address as it is now; what is only typed cannot be copied yet. */
  saved: string | null;
  onOff: (field: keyof Fields, label: string, description: string) => ReactNode;
}

export function PublicPagePart({ form, saved, onOff }: PublicPagePartProps) {
  const values = form.getValues();
  const { origin } = window.location;
  const live = values.is_public && saved !== null && saved === values.slug.trim();
  return (
    <Fieldset legend="Public booking page">
      <Stack gap="sm">
        {onOff("is_public", "Customers can book themselves", "Without signing in, on a page that anybody can open")}
        {values.is_public && (
          <>
            <TextInput
              label="Address"
              description={`Small letters, digits and hyphens: ${origin}/book/${values.slug.trim() || "bright-dental"}`}
              placeholder="bright-dental"
              required
              autoComplete="off"
              spellCheck={false}
              {...form.getInputProps("slug")}
            />
            {onOff("shows_staff", "It says who does it", "And customers may choose with whom")}
            {onOff("embeddable", "Other sites may show it", "In a frame, for instance on the business’s own site")}
            <Text size="sm" c="dimmed">
              It offers the{" "}
              <Anchor underline="always" renderRoot={(props) => <Link to="/services" {...props} />}>
                services
              </Anchor>{" "}
              that are marked “On the public booking page”.
            </Text>
          </>
        )}
        {live && (
          <>
            <CopyField label="Link for customers" value={`${origin}/book/${saved}`} />
            <Anchor href={`/book/${saved}`} target="_blank" rel="noreferrer" size="sm">
              Open the page
            </Anchor>
            {values.embeddable && (
              <CopyField
                label="For another site"
                description="Put this where the page is to appear; its height adapts by itself"
                value={`<script src="${origin}/embed.js" data-page="${saved}" async></script>`}
              />
            )}
          </>
        )}
      </Stack>
    </Fieldset>
  );
}
