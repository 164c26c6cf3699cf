import { Modal } from "@mantine/core";
import { ShortcutTable } from "@/ui/ShortcutTable";
import { useFocusBack } from "@/ui/useFocusBack";

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  useFocusBack();
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts">
      <ShortcutTable />
    </Modal>
  );
}
