// Asks before something is lost: `if (await confirm({ … })) …`. <ConfirmHost> stands once in the application.
import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react";

// The dialog itself is seldom needed, and never at once.
const Dialog = lazy(() => import("./ConfirmDialog").then((module) => ({ default: module.ConfirmDialog })));

export interface Question {
  title: string;
  /** What will happen, and what will not. */
  body: ReactNode;
  /** The verb on the button, e.g. “Delete event”. */
  verb: string;
  /** Red button; default true. */
  destructive?: boolean;
  /** For what cannot be undone: the person types this text first. */
  typed?: string;
}

export interface OpenQuestion extends Question {
  answer: (yes: boolean) => void;
}

let open: OpenQuestion | null = null;
const listeners = new Set<() => void>();
const set = (next: OpenQuestion | null) => {
  open = next;
  for (const listener of listeners) listener();
};

export function confirm(question: Question): Promise<boolean> {
  open?.answer(false);
  return new Promise((resolve) => {
    set({
      ...question,
      answer: (yes) => {
        set(null);
        resolve(yes);
      },
    });
  });
}

export function ConfirmHost() {
  const current = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
  return (
    current && (
      <Suspense>
        <Dialog key={current.title} question={current} />
      </Suspense>
    )
  );
}
