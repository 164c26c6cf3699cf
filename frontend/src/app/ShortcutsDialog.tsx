import { Modal } from "@mantine/core";
import { ShortcutTable } from "@/ui/ShortcutTable";

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts">
      <ShortcutTable />
    </Modal>
  );
}
