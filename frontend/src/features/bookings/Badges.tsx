import { Flag } from "lucide-react";
import type { Booking } from "@/api/types";
import { StateBadge } from "@/ui/status";
import { copyLooks, statusLooks } from "./words";

export const StatusBadge = ({ status }: Pick<Booking, "status">) => <StateBadge look={statusLooks[status]} size="sm" />;
export const CopyBadge = ({ state }: { state: Booking["sync"]["state"] }) => (
  <StateBadge look={copyLooks[state]} size="sm" />
);
export const FlagBadge = () => (
  <StateBadge
    look={{ label: "Look at it", color: "orange", icon: Flag }}
    size="sm"
    detail="Not every calendar was known when it was booked, or its event says something else."
  />
);
