import type { AccessLevel, Person } from "@/api/types";

export const roles: { value: Person["role"]; label: string; hint: string }[] = [
  { value: "member", label: "Member", hint: "Reaches the clients that you choose, and nothing else." },
  { value: "admin", label: "Administrator", hint: "Reaches all clients, invites people, makes keys." },
  { value: "owner", label: "Owner", hint: "Everything. Only owners make owners." },
];

export const levels: { value: AccessLevel; label: string; hint: string }[] = [
  { value: "read", label: "Read", hint: "Looks, and changes nothing." },
  { value: "write", label: "Write", hint: "Also events, bookings, customers, bulk work, conflicts." },
  { value: "admin", label: "Manage", hint: "Also accounts, services, staff, hours and settings of the client." },
];

export const states: Record<Person["state"], { label: string; color: string }> = {
  invited: { label: "Invited", color: "yellow" },
  active: { label: "Active", color: "teal" },
  deactivated: { label: "Deactivated", color: "gray" },
};

/** What a grant says in one line. */
export const accessWords = (one: { level: AccessLevel; staff_name?: string | null }): string => {
  const level = levels.find(({ value }) => value === one.level)?.label ?? one.level;
  return one.staff_name ? `${level}, only as ${one.staff_name}` : level;
};
