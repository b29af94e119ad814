// Runs a program of this folder, on the source, in a process of its own.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that has not ended after five minutes is killed: its code is then null. */
export function run(
  program: string,
  flags: readonly string[] = [],
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Ended {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", ...flags, file, ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NODE_ENV: "test", ...env },
    timeout: 300_000,
  });
  return { code: status, stdout, stderr };
}
