// Runs a program in a fresh process, again and again, in turns with the others.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PROGRAMS } from "./build.ts";

const run = promisify(execFile);

/** One program with its arguments. */
export interface Measurement {
  readonly program: string;
  readonly args: readonly string[];
  /** Another Node.js than this one. */
  readonly node?: string;
}

/** What the program printed, and the milliseconds of its whole process. */
export interface Measured<T> {
  readonly result: T;
  readonly wallMs: number;
}

/** One measurement in a process of its own. Rejects when the program failed. */
export async function measureOnce<T>(
  { program, args, node = process.execPath }: Measurement,
  byCpu: boolean,
): Promise<Measured<T>> {
  const start = performance.now();
  const { stdout } = await run(node, ["--expose-gc", `${PROGRAMS}${program}.js`, ...args], {
    // A loader or an inspector of the parent's would be measured, too.
    env: { ...process.env, NODE_OPTIONS: "", BENCH_CLOCK: byCpu ? "cpu" : "real" },
    maxBuffer: 2 ** 26,
  });
  const wallMs = performance.now() - start;
  return { result: JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as T, wallMs }; // `as`: each program says what it prints
}

/**
 * `rounds` times every measurement, in turns, so that a machine that slows down slows all of them; the order is turned
 * by one each round. `byCpu`: see stopwatch.ts. Returns: for each measurement, in the order given, its results by round.
 */
export async function inTurns<T>(
  measurements: readonly Measurement[],
  { rounds, byCpu }: { readonly rounds: number; readonly byCpu: boolean },
): Promise<readonly (readonly Measured<T>[])[]> {
  const results: Measured<T>[][] = measurements.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < measurements.length; turn++) {
      const index = (round + turn) % measurements.length;
      const measurement = measurements[index];
      if (measurement === undefined) continue;
      showProgress(`${measurement.program} ${measurement.args.join(" ")}, round ${round + 1} of ${rounds}`);
      results[index]?.push(await measureOnce<T>(measurement, byCpu));
    }
  }
  showProgress("");
  return results;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
