import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/global.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { setSessionEndHandler } from "./api/client";
import { watchNetwork } from "./api/connection";
import { listen } from "./api/live";
import { keepDraining } from "./api/offline/drain";
import { keepAnswers } from "./api/offline/keep";
import { refresh } from "./api/query";
import { sessionQuery } from "./api/session";
import { queries } from "./app/queries";
import { router } from "./app/router";
import { theme, variables } from "./app/theme";

setSessionEndHandler(() => {
  if (router.state.location.pathname === "/login") return;
  queries.setQueryData(sessionQuery.queryKey, null);
  void router.navigate({ to: "/login", search: { return: router.state.location.href } });
});

// A page of a version that was replaced meanwhile cannot load its parts any more: begin again, but never in a circle.
window.addEventListener("vite:preloadError", (event) => {
  const last = Number(sessionStorage.getItem("cs.reloaded") ?? 0);
  if (Date.now() - last < 60_000) return;
  event.preventDefault();
  sessionStorage.setItem("cs.reloaded", String(Date.now()));
  window.location.reload();
});

watchNetwork();
keepAnswers(queries);
keepDraining({
  isSignedIn: () => Boolean(queries.getQueryData(sessionQuery.queryKey)),
  // A view that cannot be read again just now must not hold the queue up.
  onDone: () =>
    Promise.race([
      refresh(queries, "/api/v1/events", "/api/v1/dashboard", "/api/v1/calendars"),
      new Promise((resolve) => setTimeout(resolve, 5_000)),
    ]),
});
listen(queries, () => Boolean(queries.getQueryData(sessionQuery.queryKey)));
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // After the page, which needs the line more.
  window.addEventListener("load", () => void navigator.serviceWorker.register("/sw.js").catch(() => {}));
}

const container = document.getElementById("root");
if (!container) throw new Error("index.html has no #root");
createRoot(container).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-left" limit={4} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
