// Composes the sync page from features that must not know one another.
import { StoredConflict } from "@/features/events/StoredConflict";
import { SyncPage } from "@/features/sync/SyncPage";

export function SyncRoute() {
  return <SyncPage decide={(conflict, onClose) => <StoredConflict conflict={conflict} onClose={onClose} />} />;
}
