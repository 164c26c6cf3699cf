import { Radio, Stack, Switch, useMantineColorScheme } from "@mantine/core";
import { useState } from "react";
import { setSingleKeys, singleKeysOn } from "@/lib/shortcuts";
import { Section } from "@/ui/Section";

/** Settings of this browser; nothing is sent. */
export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [single, setSingle] = useState(singleKeysOn);
  return (
    <Stack maw={640}>
      <Section title="Colours" description="Remembered by this browser.">
        <Radio.Group
          aria-label="Colour scheme"
          value={colorScheme}
          onChange={(value) => setColorScheme(value === "light" || value === "dark" ? value : "auto")}
        >
          <Stack gap="sm">
            <Radio value="light" label="Light" />
            <Radio value="dark" label="Dark" />
            <Radio value="auto" label="Like the system" />
          </Stack>
        </Radio.Group>
      </Section>
      <Section title="Keyboard">
        <Switch
          label="Single-key shortcuts"
          description="Such as N for a new event. Ctrl+K works in any case."
          checked={single}
          onChange={(event) => {
            setSingleKeys(event.currentTarget.checked);
            setSingle(event.currentTarget.checked);
          }}
        />
      </Section>
    </Stack>
  );
}
