// Writes the declarations to dist, file by file as the compiler makes them: bundling them took most of the build.
// Each is written twice, beside each other: for ECMAScript modules (.d.ts) and for CommonJS (.d.cts).

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const types = join(dist, "types");
const SPECIFIER = /((?:from|import|module)\s*\(?\s*["'])(\.{1,2}\/[^"']*?)\.ts(["'])/g;

const tsc = join(root, "node_modules/typescript/bin/tsc");
const options = ["--noEmit", "false", "--emitDeclarationOnly", "--declaration", "--incremental", "false"];
execFileSync(process.execPath, [tsc, "-p", "tsconfig.src.json", ...options, "--outDir", types], {
  cwd: root,
  stdio: "inherit",
});

for (const file of readdirSync(types, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".d.ts")) continue;
  const path = join(types, file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(SPECIFIER, "$1$2.js$3"));
  writeFileSync(path.replace(/\.ts$/, ".cts"), text.replace(SPECIFIER, "$1$2.cjs$3"));
}

for (const { name, source, esmOnly } of doorsOf(readFileSync(join(root, "doors.ts"), "utf8"))) {
  const path = source.replace(/^src\//, "./types/").replace(/\.ts$/, "");
  writeFileSync(join(dist, `${name}.d.ts`), `export * from "${path}.js";\n`);
  if (!esmOnly) writeFileSync(join(dist, `${name}.d.cts`), `export * from "${path}.cjs";\n`);
}

/** The doors, read as text: plain Node.js 20 does not run TypeScript. */
function doorsOf(text) {
  const doors = text.matchAll(/name: "([\w-]+)", source: "([^"]+)"(, esmOnly: true)?/g);
  return [...doors].map(([, name, source, esmOnly]) => ({ name, source, esmOnly: esmOnly !== undefined }));
}
