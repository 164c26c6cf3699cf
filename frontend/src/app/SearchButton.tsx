import { ActionIcon, Button, Kbd, Text } from "@mantine/core";
import { Search } from "lucide-react";

/** Opens the palette; on phones only its icon remains. */
export function SearchButton({ onOpen }: { onOpen: () => void }) {
  return (
    <>
      <Button
        visibleFrom="md"
        variant="default"
        onClick={onOpen}
        leftSection={<Search size={16} aria-hidden />}
        rightSection={
          <Kbd size="xs" aria-hidden>
            Ctrl K
          </Kbd>
        }
        w={260}
        justify="space-between"
        aria-keyshortcuts="Control+K"
      >
        <Text size="sm" c="dimmed">
          Search or jump to…
        </Text>
      </Button>
      <ActionIcon
        hiddenFrom="md"
        variant="subtle"
        color="gray"
        size="lg"
        onClick={onOpen}
        aria-label="Search or jump to"
      >
        <Search size={20} aria-hidden />
      </ActionIcon>
    </>
  );
}
