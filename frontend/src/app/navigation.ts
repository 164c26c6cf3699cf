// The pages of the main navigation, the palette and the "g …" shortcuts: one list.
import {
  CalendarCheck,
  CalendarDays,
  CircleHelp,
  Contact,
  KeyRound,
  Layers,
  LayoutDashboard,
  LayoutTemplate,
  ListTodo,
  type LucideIcon,
  RefreshCw,
  Settings,
  Sparkles,
  UserCheck,
  Users,
} from "lucide-react";

export interface Place {
  to:
    | "/"
    | "/clients"
    | "/calendar"
    | "/events"
    | "/bulk"
    | "/templates"
    | "/bookings"
    | "/services"
    | "/staff"
    | "/customers"
    | "/credentials"
    | "/sync"
    | "/settings"
    | "/help";
  label: string;
  icon: LucideIcon;
  /** Second key of the shortcut. */
  key: string;
  /** At the foot of the navigation. */
  foot?: boolean;
}

export const places: Place[] = [
  { to: "/", label: "Dashboard", icon: LayoutDashboard, key: "d" },
  { to: "/clients", label: "Clients", icon: Users, key: "c" },
  { to: "/calendar", label: "Calendar", icon: CalendarDays, key: "k" },
  { to: "/events", label: "Events", icon: ListTodo, key: "e" },
  { to: "/bulk", label: "Bulk work", icon: Layers, key: "w" },
  { to: "/templates", label: "Templates", icon: LayoutTemplate, key: "m" },
  { to: "/bookings", label: "Bookings", icon: CalendarCheck, key: "b" },
  { to: "/services", label: "Services", icon: Sparkles, key: "v" },
  { to: "/staff", label: "Staff", icon: UserCheck, key: "t" },
  { to: "/customers", label: "Customers", icon: Contact, key: "u" },
  { to: "/credentials", label: "Credentials", icon: KeyRound, key: "a" },
  { to: "/sync", label: "Sync", icon: RefreshCw, key: "y" },
  { to: "/settings", label: "Settings", icon: Settings, key: "s", foot: true },
  { to: "/help", label: "Help", icon: CircleHelp, key: "h", foot: true },
];
