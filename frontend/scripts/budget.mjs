// What the first page loads, gzipped: an entry with everything it imports statically. Fails above the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** KiB of script for each page that is opened: the application's, and the one for customers. */
const LIMITS = { "index.html": 200, "book.html": 80 };
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const gzipped = (file) => gzipSync(readFileSync(new URL(file, dist))).length;
const reach = (key, seen = new Set()) => {
  if (!seen.has(key)) {
    seen.add(key);
    for (const next of manifest[key].imports ?? []) reach(next, seen);
  }
  return seen;
};
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const over = Object.entries(LIMITS).filter(([entry, limit]) => {
  const initial = [...reach(entry)].map((key) => manifest[key]);
  const js = initial.reduce((sum, chunk) => sum + gzipped(chunk.file), 0);
  const css = [...new Set(initial.flatMap((chunk) => chunk.css ?? []))].reduce((sum, file) => sum + gzipped(file), 0);
  console.log(`budget: ${entry}: initial script ${kib(js)} of ${limit} KiB gzip, style ${kib(css)}`);
  return js > limit * 1024;
});
process.exit(over.length > 0 ? 1 : 0);
