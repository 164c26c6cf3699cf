import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const service = process.env.CALENDAR_STACKER_DEV_TARGET ?? "http://127.0.0.1:4000";
const proxied = { target: service, changeOrigin: false };

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    port: 5173,
    proxy: { "/api": proxied, "/health": proxied, "/docs": proxied, "/openapi.json": proxied },
  },
  build: {
    // The budget script reads it to know what the first page loads.
    manifest: true,
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
