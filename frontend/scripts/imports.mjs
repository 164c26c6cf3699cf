// The front end's walls: lib and ui know nothing of features or app, features know neither app nor one another.
// Exit code 1 and one line per hole.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

const root = new URL("../src", import.meta.url).pathname;
const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : /\.tsx?$/.test(name) ? [path] : [];
  });
const room = (path) => {
  const [first, second] = relative(root, path).split("/");
  return first === "features" ? `features/${second}` : first;
};
// What each room may use besides itself.
const allowed = { lib: [], api: ["lib"], ui: ["lib", "api"] };
const fine = (from, to) =>
  from === to || !/^(lib|api|ui|features\/.*)$/.test(from) || (allowed[from] ?? ["lib", "api", "ui"]).includes(to);

const holes = files(root).flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*["'](@\/|\.{1,2}\/)([^"']+)["']/g)].flatMap(
    ([, prefix, rest]) => {
      const target = prefix === "@/" ? join(root, rest) : normalize(join(dirname(file), prefix, rest));
      const from = room(file);
      const to = room(target);
      return fine(from, to) ? [] : [`${relative(root, file)} imports ${relative(root, target)}`];
    },
  ),
);
console.log(holes.join("\n") || "imports: no holes");
process.exit(holes.length ? 1 : 0);
