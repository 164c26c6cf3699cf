// What the first page loads, gzipped: index.html's entry with everything it imports statically. Fails above the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KIB = 200;
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
const initial = [...reach("index.html")].map((key) => manifest[key]);
const js = initial.reduce((sum, chunk) => sum + gzipped(chunk.file), 0);
const css = [...new Set(initial.flatMap((chunk) => chunk.css ?? []))].reduce((sum, file) => sum + gzipped(file), 0);
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
console.log(`budget: initial script ${kib(js)} of ${LIMIT_KIB} KiB gzip, style ${kib(css)}`);
process.exit(js > LIMIT_KIB * 1024 ? 1 : 0);
