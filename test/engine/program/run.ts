// Runs a program of this folder in a process of its own, on the build that `npm run build` leaves in dist.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Returns: what the program printed. Throws when it fails, or takes more than two minutes. */
export function run(program: string, ...flags: readonly string[]): string {
  if (!existsSync(join(root, "dist", "testing.cjs")))
    throw new Error("There is no dist folder, which this test reads: run `npm run build` first.");
  const file = fileURLToPath(new URL(program, import.meta.url));
  const env = { ...process.env, NODE_ENV: "test" };
  return execFileSync(process.execPath, [...flags, file], { cwd: root, encoding: "utf8", env, timeout: 120_000 });
}
