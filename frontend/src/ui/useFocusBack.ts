import { useEffect, useState } from "react";

/**
 * For a dialog that exists only while it is open: when it goes, the focus returns to what had it before, or, when that is
 * gone too (a deleted row), to the top of the page's content. Without it the next Tab would begin at the browser's bars.
 */
export function useFocusBack(): void {
  const [from] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After the page behind has been drawn; somebody else may have taken the focus by then.
      setTimeout(() => {
        if (document.activeElement !== null && document.activeElement !== document.body) return;
        const back = from instanceof HTMLElement && from !== document.body && from.isConnected ? from : null;
        (back ?? document.getElementById("main"))?.focus({ preventScroll: true });
      });
    },
    [from],
  );
}
