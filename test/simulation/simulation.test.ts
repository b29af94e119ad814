// Our own protocol under seeded chaos. What it plays, and what it found: docs/simulation.md. A failing seed is played again
// with `npm run test:simulation -- --from SEED --seeds 1 --trace`.

import { describe, expect, it } from "vitest";
import { MemoryJobStore } from "wheelwright";
import { KNOWN_SEEDS } from "./known-seeds.ts";
import { MISTAKES } from "./mistakes/index.ts";
import { firstToCatch, simulateWith } from "./mistakes/mistake.ts";
import { type SimulationResult, simulate } from "./simulate.ts";
import { openStoreFor, STORE_NAMES, type StoreName } from "./stores.ts";
import { renderTrace } from "./trace.ts";

const THOROUGH = process.env.TEST_THOROUGH === "1";
/** Fixed seeds always; fresh ones where there is time for them, and their first one is printed. */
const FIXED = { memory: 500, sqlite: 50, pglite: 0 } as const;
const FRESH = { memory: 5000, sqlite: 1000, pglite: 30 } as const;

async function breaking(name: StoreName, seeds: readonly number[]): Promise<string[]> {
  const store = await openStoreFor(name);
  const found: string[] = [];
  for (const seed of seeds) {
    const { violation } = await simulate({ store: await store.fresh(), seed });
    if (violation === null) continue;
    found.push(`npm run test:simulation -- --store ${name} --from ${seed} --seeds 1 --trace: ${violation}`);
  }
  await store.close();
  return found;
}

const upTo = (count: number, from = 0): readonly number[] => Array.from({ length: count }, (_, index) => from + index);

describe("the simulation", () => {
  it.each(["memory", "sqlite"] as const)("breaks no rule in its fixed seeds on %s", async (name) => {
    expect(await breaking(name, upTo(FIXED[name]))).toEqual([]);
  });

  it.each(["memory", "sqlite"] as const)("breaks no rule in the seeds worth keeping, on %s", async (name) => {
    const seeds = KNOWN_SEEDS.filter(({ store }) => store === name).map(({ seed }) => seed);

    expect(seeds.length).toBeGreaterThan(0);
    expect(await breaking(name, seeds)).toEqual([]);
  });

  it.runIf(THOROUGH).each(STORE_NAMES)(
    "breaks no rule in fresh seeds on %s",
    async (name) => {
      const from = Math.floor(Math.random() * 1e9);
      console.log(`simulation: ${FRESH[name]} seeds from ${from} on ${name}`);

      expect(await breaking(name, upTo(FRESH[name], from))).toEqual([]);
    },
    300_000,
  );

  it("plays each seed the same way twice, to the last call", async () => {
    for (const seed of upTo(THOROUGH ? 500 : 25)) {
      const play = (): Promise<SimulationResult> => simulate({ store: new MemoryJobStore(), seed, trace: true });

      expect(await play()).toEqual(await play());
    }
  });

  it("plays a seed the same way on every store", async () => {
    const sqlite = await openStoreFor("sqlite");
    for (const seed of upTo(THOROUGH ? 200 : 15)) {
      const memory = await simulate({ store: new MemoryJobStore(), seed, trace: true });

      expect(await simulate({ store: await sqlite.fresh(), seed, trace: true })).toEqual(memory);
    }
    await sqlite.close();
  });

  it("meets every fault, and every way that a job can go", async () => {
    const seen = new Set<string>();
    for (const seed of upTo(100)) {
      const { trace } = await simulate({ store: new MemoryJobStore(), seed, trace: true });
      for (const { what, came } of trace) seen.add(`${what} ${came}`.replace(/\bj\d+\+*/g, "JOB").replace(/\d+/g, "N"));
    }

    const lines = [...seen].join("\n");
    for (const each of EVERYTHING) expect(lines).toMatch(each);
  });

  it("shows what happened as a table", async () => {
    const mistake = MISTAKES.find(({ name }) => name === "double enqueue: an insert without a given id is sent again");
    if (mistake === undefined) throw new Error("The mistake is gone.");

    const caught = await firstToCatch(mistake, 1000);
    const { violation, trace } = await simulateWith(mistake, caught?.seed ?? -1, true);

    expect(violation).toMatch(/^One enqueue, j\d, has stored two jobs\.$/);
    const table = renderTrace(trace).split("\n");
    expect(table[0]).toMatch(/^step {2} +time {2}who {2,}what +what came of it$/);
    expect(table.join("\n")).toMatch(/^ +\d+ +\d+\.\d{3}s {2}w\d +insert +its answer is lost$/m);
    expect(table.at(-1)).toMatch(/^ +\d+ +\d+\.\d{3}s {2}w\d +insert (j\d+) +\1$/);
  });
});

const EVERYTHING: readonly RegExp[] = [
  /^dies at \w+, before it reaches the store$/m,
  /^dies at \w+, before it hears the answer$/m,
  /^dies $/m,
  /fails before it reaches the store$/m,
  /^settle its answer is lost$/m,
  /^settle hears the answer$/m,
  /^once more: settle JOB as completed settled$/m,
  /^once more: insert JOB/m,
  /^stands still for N ms$/m,
  /^is stopped at once$/m,
  /^is stopped with patience$/m,
  /^has its clock put/m,
  /^starts its clock is/m,
  /^settle JOB as completed lost$/m,
  /^settle JOB as released settled$/m,
  /^rescue JOB as retry settled$/m,
  /^rescue JOB as failed settled$/m,
  /^extend JOB lost$/m,
  /^remove JOB removed$/m,
  /^remove JOB processing$/m,
  /^retryFailed [1-9N]$/m,
  /^purge N$/m,
  /^retry JOB .*not-failed/m,
  /^insert JOB, JOB /m,
];
