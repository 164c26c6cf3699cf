import { Alert } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { WifiOff } from "lucide-react";

/** Says that what is on screen may be old. */
export function OfflineBanner() {
  const { online } = useNetwork();
  return (
    <div role="status">
      {!online && (
        <Alert color="yellow" icon={<WifiOff aria-hidden />} mb="md" py="xs">
          You are offline. You see what was loaded last; changes need a connection.
        </Alert>
      )}
    </div>
  );
}
