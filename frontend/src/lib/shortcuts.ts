// Keyboard shortcuts: single keys and two-key sequences ("g d"), silent while somebody types or a dialog is open.
// Single keys can be switched off (WCAG 2.1.4); combinations with Ctrl/⌘ stay.
import { useEffect, useRef } from "react";
import { recall, remember } from "./storage";

const KEY = "cs.single-key-shortcuts";

export const singleKeysOn = (): boolean => recall(KEY) !== "off";
export const setSingleKeys = (on: boolean): void => remember(KEY, on ? null : "off");

/** Keys as in `event.key`, e.g. `{ n: create, "g d": dashboard, "mod+k": palette, "?": help }`. */
export type Shortcuts = Record<string, () => void>;

const busyElsewhere = (target: EventTarget | null): boolean =>
  (target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest("input, textarea, select, [role=textbox], [role=combobox]") !== null)) ||
  document.querySelector("[role=dialog][aria-modal=true], [role=alertdialog][aria-modal=true], [role=menu]") !== null;

const SEQUENCE_MS = 1_000;

export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    let first: { key: string; at: number } | null = null;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (event.ctrlKey || event.metaKey) {
        const run = event.altKey ? undefined : current.current[`mod+${key}`];
        if (run) {
          event.preventDefault();
          run();
        }
        return;
      }
      if (event.altKey || !singleKeysOn() || busyElsewhere(event.target)) return;
      const sequence = first && event.timeStamp - first.at < SEQUENCE_MS ? `${first.key} ${key}` : null;
      first = { key, at: event.timeStamp };
      const run = (sequence && current.current[sequence]) || current.current[key];
      if (run) {
        event.preventDefault();
        first = null;
        run();
      }
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

/** Everything the keyboard can do, for the dialog and the help page. */
export const shortcutTable: { group: string; keys: string[]; does: string }[] = [
  { group: "Everywhere", keys: ["Ctrl K", "/"], does: "Search and commands" },
  { group: "Everywhere", keys: ["?"], does: "This list" },
  { group: "Everywhere", keys: ["G D"], does: "Dashboard" },
  { group: "Everywhere", keys: ["G C"], does: "Clients" },
  { group: "Everywhere", keys: ["G K"], does: "Calendar" },
  { group: "Everywhere", keys: ["G E"], does: "Events" },
  { group: "Everywhere", keys: ["G A"], does: "Credentials (accounts)" },
  { group: "Everywhere", keys: ["G Y"], does: "Sync" },
  { group: "Everywhere", keys: ["G S"], does: "Settings" },
  { group: "Everywhere", keys: ["G H"], does: "Help" },
  { group: "Calendar", keys: ["T"], does: "Today" },
  { group: "Calendar", keys: ["N"], does: "New event" },
  { group: "Calendar", keys: ["1", "2", "3", "4"], does: "Month, week, day, agenda" },
  { group: "Calendar", keys: ["←", "→"], does: "Earlier, later" },
  { group: "Calendar", keys: ["Enter"], does: "Open the focused event" },
];
