// The model finds the stores with one rule broken each, by random steps alone: at which run of which seed.

import { describe, expect, it } from "vitest";
import { MemoryJobStore } from "../../../src/store/memory/memory-job-store.ts";
import type { ScheduleStore } from "../../../src/store/schedule-store.ts";
import { BROKEN_STORES } from "../broken-stores.ts";
import { lockstep, type Open } from "./lockstep.ts";
import { model } from "./subjects.ts";

const IS_THOROUGH = process.env.TEST_THOROUGH === "1";
const SEEDS = [1, 2, 3];
/** So many runs of each seed; the ordinary test run takes every other store. */
const RUNS = IS_THOROUGH ? 2000 : 500;
const SAMPLE = BROKEN_STORES.filter((_, index) => IS_THOROUGH || index % 2 === 0);

/** The one that is broken in its transactions needs an app that has them; all others refuse them. */
const TAKES_NO_NOTICE = "enqueues in a transaction as if there were none";

describe("the model", () => {
  const found: string[] = [];
  for (const { what, open } of SAMPLE) {
    it(`finds the store that ${what}`, async () => {
      const isInTransactions = what === TAKES_NO_NOTICE;
      const parted = await firstSeed(isInTransactions ? model : lean, () => ({
        name: "broken",
        store: open(),
        ...(isInTransactions ? { transaction: (work: (transaction: unknown) => Promise<void>) => work({}) } : {}),
      }));

      expect(parted, `no difference in ${RUNS} runs of the seeds ${SEEDS.join(", ")}`).not.toBeNull();
      found.push(`${parted}  ${what}`);
    });
  }

  it("finds fifteen at least", () => {
    if (IS_THOROUGH) process.stderr.write(`Found by the model, by seed and run:\n${found.join("\n")}\n`);
    expect(found.length).toBeGreaterThanOrEqual(15);
  });
});

/** Schedules with one rule broken each, on a store that is otherwise sound. */
const BROKEN_SCHEDULES: readonly (readonly [string, (sound: ScheduleStore) => Partial<ScheduleStore>])[] = [
  [
    "fires a tick that another scheduler has fired",
    (sound) => ({
      tick: async (request, at) => {
        const kept = (await sound.list()).find(({ name }) => name === request.name);
        return sound.tick({ ...request, due: kept?.nextRun ?? request.due }, at);
      },
    }),
  ],
  [
    "begins anew when the same schedule is put again",
    (sound) => ({
      put: async (schedules, at) => {
        for (const { name } of schedules) await sound.remove(name);
        await sound.put(schedules, at);
      },
    }),
  ],
  [
    "takes a tick without jobs for a run",
    (sound) => ({
      tick: async (request, at) => (request.jobs.length === 0 ? null : sound.tick(request, at)),
    }),
  ],
  ["says of each that it was there", (sound) => ({ remove: async (name) => !(await sound.remove(name)) })],
];

describe("the model's schedules", () => {
  it.each(BROKEN_SCHEDULES)("find the store that %s", async (_what, breaking) => {
    const broken: Open = () => {
      const store = new MemoryJobStore();
      const sound: ScheduleStore = store.schedules;
      const schedules: ScheduleStore = {
        put: (...given) => sound.put(...given),
        list: () => sound.list(),
        tick: (...given) => sound.tick(...given),
        remove: (name) => sound.remove(name),
        ...breaking(sound),
      };
      return { name: "broken", store: Object.defineProperty(store, "schedules", { value: schedules }) };
    };
    const parted = lockstep(lean, broken, { runs: RUNS, seed: 1, length: 60 });

    await expect(parted).rejects.toThrow(/(put schedules|tick|remove a schedule) /);
  });
});

async function firstSeed(reference: Open, subject: Open): Promise<string | null> {
  for (const seed of SEEDS) {
    const message = await lockstep(reference, subject, { runs: RUNS, seed, length: 60, shortest: false }).then(
      () => null,
      (error: Error) => error.message,
    );
    const run = message === null ? undefined : /path: "(\d+)/.exec(message)?.[1];
    if (run !== undefined) return `seed ${seed}, run ${Number(run) + 1}`;
  }
  return null;
}

function lean(): ReturnType<Open> {
  return { name: "model", store: model().store };
}
