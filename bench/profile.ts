// npm run bench -- profile "wheelwright kit.drain" 200000: where the time of one throughput measurement goes.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildAll, PROGRAMS } from "./build.ts";
import { LIMIT, subjectNamed } from "./subjects/open.ts";
import { table } from "./table.ts";

/** The part of V8's profile that is read here. Deltas are in microseconds. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const SHOWN = 40;

/** Prints the functions with the most time of their own. Throws: RangeError for an unknown subject. */
export async function profile(subject: string = LIMIT, jobs = "200000"): Promise<void> {
  const name = subjectNamed(subject);
  await buildAll();
  const dir = await mkdtemp(join(tmpdir(), "wheelwright-bench-"));
  try {
    const flags = ["--expose-gc", "--cpu-prof", "--cpu-prof-dir", dir];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, `${PROGRAMS}throughput.js`, name, jobs]);
    console.log(`${name}, ${jobs} jobs: ${stdout}`);
    for (const file of await readdir(dir)) print(JSON.parse(await readFile(join(dir, file), "utf8")) as CpuProfile); // `as`: V8 wrote it
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function print({ nodes, samples, timeDeltas }: CpuProfile): void {
  const names = new Map(
    nodes.map(({ id, callFrame }) => {
      const file = callFrame.url.split("/").at(-1) ?? "";
      return [id, `${callFrame.functionName || "(anonymous)"}  ${file}:${callFrame.lineNumber + 1}`];
    }),
  );
  const own = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const name = names.get(id) ?? "";
    const microseconds = timeDeltas[index] ?? 0;
    own.set(name, (own.get(name) ?? 0) + microseconds);
    total += microseconds;
  });
  const rows = [...own].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  console.log(
    table([
      ["function", "own ms", "%"],
      ...rows.map(([name, us]) => [name, (us / 1000).toFixed(0), ((us / total) * 100).toFixed(1)]),
    ]),
  );
}
