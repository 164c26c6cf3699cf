import { Group, Progress, Text } from "@mantine/core";
import { strength } from "@/lib/password";

const colors = ["red", "red", "yellow", "teal", "teal"] as const;

/** Four bars and a word; the word is announced, the bars are decoration. */
export function PasswordMeter({ password, personal }: { password: string; personal: string[] }) {
  const { score, label, hint } = strength(password, personal);
  return (
    <div>
      <Group gap={4} grow mt={8} aria-hidden>
        {[1, 2, 3, 4].map((step) => (
          <Progress
            key={step}
            size={4}
            value={score >= step ? 100 : 0}
            color={colors[score]}
            transitionDuration={150}
          />
        ))}
      </Group>
      <Text size="xs" c="dimmed" mt={4} mih={18} role="status">
        {password === "" ? "At least 10 characters; a few words are best" : `${label} · ${hint}`}
      </Text>
    </div>
  );
}
