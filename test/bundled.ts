// Programs of the tests as single files of JavaScript: one of those starts in a fifth of the time and of the work that its
// source takes file by file, and a run of the tests starts many.

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { threadId } from "node:worker_threads";
import { build } from "esbuild";
import { doors, specifierOf } from "../doors.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "node_modules", ".test-programs");
const alias = Object.fromEntries(doors.map((door) => [specifierOf(door), join(root, door.source)]));
const built = new Map<string, Promise<string>>();

/**
 * The path of a file that does what `program` does, a path in TypeScript: with all of our own code in it, and packages where
 * they are. Not for programs that tell from which line they called: those frames are the library's and theirs in one file.
 */
export function bundled(program: string): Promise<string> {
  const known = built.get(program) ?? bundle(program);
  built.set(program, known);
  return known;
}

async function bundle(program: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    alias,
    keepNames: true,
    sourcemap: "inline",
  });
  const [code] = outputFiles;
  if (code === undefined) throw new Error(`esbuild has made no file of ${program}.`);
  const file = join(folder, relative(root, program).replaceAll(sep, "-").replace(/\.ts$/, ".mjs"));
  const draft = `${file}.${process.pid}.${threadId}`; // Runs side by side each write it, and none may read half a file.
  mkdirSync(folder, { recursive: true });
  writeFileSync(draft, code.contents);
  renameSync(draft, file);
  return file;
}
