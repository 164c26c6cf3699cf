import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { shellWorker } from "./scripts/shell-worker.ts";

const service = process.env.CALENDAR_STACKER_DEV_TARGET ?? "http://127.0.0.1:4000";
const proxied = { target: service, changeOrigin: false };

/** Imports of dayjs from within the calendar grid find ours, which knows no clock changes. */
const wallClockGrid: Plugin = {
  name: "wall-clock-grid",
  enforce: "pre",
  resolveId: (source, importer) =>
    source === "dayjs" && importer?.includes("/@mantine/schedule/")
      ? fileURLToPath(new URL("./src/features/events/calendar/wall-dayjs.ts", import.meta.url))
      : null,
};

/** As the service does it: what customers open has a page of its own. */
const customersPage: Plugin = {
  name: "customers-page",
  configureServer: ({ middlewares }) =>
    void middlewares.use((request, _response, next) => {
      if (/^\/(book|booking)\//.test(request.url ?? "")) request.url = "/book.html";
      next();
    }),
};

export default defineConfig({
  plugins: [wallClockGrid, customersPage, react(), shellWorker()],
  // Bundled beforehand for development, the grid would miss the line above.
  optimizeDeps: { exclude: ["@mantine/schedule"] },
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    port: 5173,
    proxy: { "/api": proxied, "/health": proxied, "/docs": proxied, "/openapi.json": proxied, "/mcp": proxied },
  },
  build: {
    // The budget script reads it to know what the first page loads.
    manifest: true,
    rolldownOptions: { input: ["index.html", "book.html"] },
    // The service's policy allows no `data:` fonts or scripts; small files stay files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    restoreMocks: true,
    // Typing in jsdom is slow on a busy machine; no test waits for time itself.
    testTimeout: 30_000,
  },
});
