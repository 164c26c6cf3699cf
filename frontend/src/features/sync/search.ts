// What the address of the sync page may carry.
export const TABS = ["queue", "conflicts", "log", "health"] as const;
export type Tab = (typeof TABS)[number];

export interface SyncSearch {
  tab?: Tab;
  /** Of the calendars those that need somebody. */
  only?: "trouble";
}

export const syncSearch = (search: Record<string, unknown>): SyncSearch => ({
  tab: TABS.find((tab) => tab === search.tab),
  only: search.only === "trouble" ? "trouble" : undefined,
});
