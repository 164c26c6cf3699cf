// Words, colours and icons of states, the same everywhere. Colour never speaks alone: each has an icon and a word.
import { Badge, type MantineSize, Tooltip } from "@mantine/core";
import {
  Ban,
  Check,
  CircleDashed,
  Clock,
  GitMerge,
  Hourglass,
  type LucideIcon,
  OctagonAlert,
  PauseCircle,
  PlugZap,
  Snowflake,
  TriangleAlert,
} from "lucide-react";
import type { Standing } from "@/api/reconcile";
import type { CalendarState, CredentialStatus, Provider } from "@/api/types";

interface Look {
  label: string;
  color: string;
  icon: LucideIcon;
}

export const credentialLooks = {
  not_authorized: { label: "Not connected", color: "gray", icon: CircleDashed },
  valid: { label: "Valid", color: "teal", icon: Check },
  expiring: { label: "Expires soon", color: "yellow", icon: Hourglass },
  expired: { label: "Expired", color: "red", icon: Clock },
  needs_reauthorization: { label: "Needs re-authorization", color: "red", icon: PlugZap },
  revoked: { label: "Disconnected", color: "gray", icon: Ban },
  error: { label: "Error", color: "orange", icon: TriangleAlert },
} satisfies Record<CredentialStatus, Look>;

export const calendarLooks = {
  ok: { label: "In sync", color: "teal", icon: Check },
  stale: { label: "Out of date", color: "yellow", icon: Clock },
  failing: { label: "Failing", color: "red", icon: OctagonAlert },
  never_synced: { label: "Not synced yet", color: "gray", icon: CircleDashed },
  paused: { label: "Paused", color: "gray", icon: PauseCircle },
} satisfies Record<CalendarState, Look>;

export const syncLooks = {
  synced: { label: "In sync", color: "teal", icon: Check },
  pending: { label: "On the way", color: "blue", icon: Hourglass },
  failed: { label: "Failed", color: "red", icon: OctagonAlert },
  conflict: { label: "Conflict", color: "orange", icon: GitMerge },
  frozen: { label: "Held back", color: "violet", icon: Snowflake },
} satisfies Record<Standing, Look>;

/** Why a change that nobody refused is not sent any more. */
export const frozenWords =
  "It was changed here and at the provider again and again within a day, each time undoing the other: probably another program writes the same event. Nothing more is sent until you say so. Find that program first.";

export const providerNames = {
  google: "Google Calendar",
  microsoft: "Microsoft 365",
  caldav: "CalDAV",
} satisfies Record<Provider, string>;

export function StateBadge({ look, detail, size = "md" }: { look: Look; detail?: string | null; size?: MantineSize }) {
  const Icon = look.icon;
  const badge = (
    <Badge
      variant="light"
      color={look.color}
      size={size}
      leftSection={<Icon size={12} aria-hidden />}
      tt="none"
      fw={600}
      miw="max-content"
      style={{ flexShrink: 0 }}
    >
      {look.label}
    </Badge>
  );
  return detail ? (
    <Tooltip label={detail} multiline maw={320}>
      {badge}
    </Tooltip>
  ) : (
    badge
  );
}

export const CredentialBadge = ({ status, detail }: { status: CredentialStatus; detail?: string | null }) => (
  <StateBadge look={credentialLooks[status]} detail={detail} />
);
export const SyncBadge = ({ state, detail }: { state: Standing; detail?: string | null }) => (
  <StateBadge look={syncLooks[state]} detail={detail} />
);
export const CalendarBadge = ({ state, detail }: { state: CalendarState; detail?: string | null }) => (
  <StateBadge look={calendarLooks[state]} detail={detail} />
);
