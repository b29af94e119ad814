// Runs a program in a fresh process, again and again, in turns with the others.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PROGRAMS } from "./build.ts";

const run = promisify(execFile);

export interface Measurement {
  readonly program: string;
  readonly args: readonly string[];
}

/** One measurement in a process of its own. Returns: what the program printed, parsed. Rejects when it failed. */
export async function measureOnce<T>({ program, args }: Measurement): Promise<T> {
  const { stdout } = await run(process.execPath, ["--expose-gc", `${PROGRAMS}${program}.js`, ...args], {
    env: { ...process.env, NODE_OPTIONS: "" },
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as T; // `as`: each program says what it prints
}

/**
 * `rounds` times every measurement, in turns, so that a machine that slows down slows all of them; the order is turned
 * by one each round. Returns: the results of each measurement, in the order given.
 */
export async function inTurns<T>(measurements: readonly Measurement[], rounds: number): Promise<readonly T[][]> {
  const results: T[][] = measurements.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < measurements.length; turn++) {
      const index = (round + turn) % measurements.length;
      const measurement = measurements[index];
      if (measurement !== undefined) results[index]?.push(await measureOnce<T>(measurement));
    }
  }
  return results;
}
