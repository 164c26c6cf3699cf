// Writes /sw.js: the worker's source with the list of what was built, and a version that changes with it.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export const shellWorker = (): Plugin => ({
  name: "shell-worker",
  apply: "build",
  enforce: "post",
  generateBundle(_options, bundle) {
    const source = readFileSync(path("../src/worker/shell.js"), "utf8");
    const built = Object.values(bundle).filter(
      ({ fileName }) => !fileName.startsWith(".") && !fileName.endsWith(".map"),
    );
    const fixed = readdirSync(path("../public"));
    const files = [...new Set([...built.map(({ fileName }) => fileName), "index.html", ...fixed])].sort();
    const hash = createHash("sha256").update(source);
    for (const one of built) hash.update(one.fileName).update(one.type === "chunk" ? one.code : one.source);
    for (const name of fixed) hash.update(name).update(readFileSync(path(`../public/${name}`)));
    const head = `const VERSION = ${JSON.stringify(hash.digest("hex").slice(0, 12))};\nconst FILES = ${JSON.stringify(files.map((name) => `/${name}`))};\n`;
    this.emitFile({ type: "asset", fileName: "sw.js", source: head + source });
  },
});
