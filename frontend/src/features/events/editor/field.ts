// What every part of the editor is given.
import type { EventForm } from "../form";

export interface PartProps {
  form: EventForm;
  set: (change: Partial<EventForm> | ((old: EventForm) => EventForm)) => void;
  /** Messages by form field; the service's and our own. */
  errors: Record<string, string>;
}

/** The id of the input of a form field, for focus. */
export const fieldId = (field: string): string => `event-${field.replaceAll(".", "-")}`;
