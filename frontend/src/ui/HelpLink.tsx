import { ActionIcon, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CircleHelp } from "lucide-react";

/** A “?” that opens the help article about the thing beside it. */
export function HelpLink({ topic, label = "Help on this page" }: { topic: string; label?: string }) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="md"
        aria-label={label}
        renderRoot={(props) => <Link to="/help" search={{ topic }} {...props} />}
      >
        <CircleHelp size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
