#!/usr/bin/env node
// The command `wheelwright`: the process around `run`.

import { readFileSync } from "node:fs";
import { SystemClock } from "../clock/system-clock.ts";
import type { Io } from "./io.ts";
import { run } from "./run.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

let isHeard = true;

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  clock: new SystemClock(),
  openStore: async (url, options) => (await import("../store/open-store.ts")).openStore(url, options),
  onSignal(listener) {
    for (const signal of SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
  },
  isHeard: () => isHeard,
};

// Node.js 22 would say at every start that its SQLite, and its reading of TypeScript, are experimental.
const { emitWarning } = process;
process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
  if (rest[0] === "ExperimentalWarning" && /^(SQLite|Type Stripping)/.test(String(warning))) return;
  Reflect.apply(emitWarning, process, [warning, ...rest]);
};

// Whoever read the output has gone: a worker works on without being heard.
process.stdout.on("error", () => {
  isHeard = false;
});
process.stderr.on("error", () => undefined);

const code = await run(process.argv.slice(2), io, version());
// What an app opened beside its jobs would keep the process; what was written has to be out first.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));

function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version; // `as`: our own file
}
