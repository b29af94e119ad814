// What always holds of a kit, whatever its jobs do: it is repeatable, and time is one however it is cut (R39, R40).

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTestKit, type TestKit, type TestKitOptions } from "wheelwright/testing";
import { NOON } from "./a-kit.ts";
import { fewer, isSlow } from "./a-store.ts";
import { aPartJob, aWorld, enqueue, type Part, storyOf } from "./a-world.ts";

const COLLECT = { failures: "collect", allowEmpty: true } as const;
const { allowEmpty: _, ...TRAVEL } = COLLECT;

/** Enqueues the parts in a kit of their own, plays them, and tells the story. */
async function playedBy(
  world: readonly Part[],
  play: (kit: TestKit) => Promise<unknown>,
  options: Partial<TestKitOptions> = { now: NOON },
): Promise<unknown> {
  const job = aPartJob();
  const kit = await createTestKit({ ...options, app: undefined, jobs: [job], leftovers: "ignore" });
  await kit.run(async () => {
    for (const part of world) await enqueue(job, part);
  });
  await play(kit);
  const story = await storyOf(kit);
  await kit.dispose();
  return story;
}

describe("a kit", () => {
  it("R39 plays the same with the same seed: ids, order, timeline, rows", async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, fc.integer(), async (world, seed) => {
        const play = (kit: TestKit): Promise<unknown> => kit.drainUntilIdle(COLLECT);

        const once = await playedBy(world, play, { now: NOON, seed });

        expect(await playedBy(world, play, { now: NOON, seed })).toEqual(once);
      }),
      { numRuns: fewer(50, 5) },
    );
  });

  it("R40 plays an advance in one go as it plays the same in pieces", async () => {
    const pieces = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(aWorld, pieces, async (world, milliseconds) => {
        const whole = milliseconds.reduce((sum, ms) => sum + ms, 0);

        const inOneGo = await playedBy(world, (kit) => kit.advance(`${whole}ms`, TRAVEL));
        const inPieces = await playedBy(world, async (kit) => {
          for (const ms of milliseconds) await kit.advance(`${ms}ms`, TRAVEL);
        });

        expect(inPieces).toEqual(inOneGo);
      }),
      { numRuns: fewer(100, 8) },
    );
  });

  it("R40 plays drainUntilIdle as it plays advance, again and again", async () => {
    // A world lasts up to an hour, and each advance asks the store.
    const stepMs = fc.integer({ min: isSlow ? 20_000 : 500, max: 100_000 });
    await fc.assert(
      fc.asyncProperty(aWorld, stepMs, async (world, ms) => {
        const drained = await playedBy(world, (kit) => kit.drainUntilIdle(COLLECT));
        const advanced = await playedBy(world, async (kit) => {
          do await kit.advance(`${ms}ms`, TRAVEL);
          while (await isAtWork(kit));
        });

        expect(advanced).toEqual(drained);
      }),
      { numRuns: fewer(30, 4) },
    );
  });

  it("R40 leaves nothing pending and nobody asleep when it is idle", async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, async (world) => {
        await playedBy(world, async (kit) => {
          const report = await kit.drainUntilIdle(COLLECT);
          expect(report.stillPending).toBe(0);
          expect(await isAtWork(kit)).toBe(false);
        });
      }),
      { numRuns: fewer(100, 8) },
    );
  });

  it("R20 never performs a job once more or less than its attempts say", async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, async (world) => {
        await playedBy(world, async (kit) => {
          await kit.drainUntilIdle(COLLECT);
          for (const { id, attempts, status, data } of await kit.enqueued()) {
            const claims = kit.events({ type: "claimed", jobId: id }).length;
            const fails = Number(data.fails) + (tooLong(data) ? 3 : 0);
            expect({ claims, status }).toEqual({ claims: attempts, status: fails >= 3 ? "failed" : "completed" });
            expect(attempts).toBe(Math.min(fails + 1, 3));
          }
        });
      }),
      { numRuns: fewer(100, 8) },
    );
  });

  it("R39 tells a reader of the clock the instant of the job, never an earlier one", async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, async (world) => {
        await playedBy(world, async (kit) => {
          await kit.drainUntilIdle(COLLECT);
          const instants = kit.events().map(({ at }) => at.getTime());
          expect(instants).toEqual([...instants].sort((a, b) => a - b));
        });
      }),
      { numRuns: fewer(100, 8) },
    );
  });
});

async function isAtWork(kit: TestKit): Promise<boolean> {
  return (await kit.jobs.list({ status: ["pending", "processing"] })).length > 0;
}

/** Whether a part sleeps past its timeout of 300 s, and fails each time for that. */
function tooLong({ sleeps }: { readonly sleeps?: unknown }): boolean {
  return Array.isArray(sleeps) && sleeps.includes(400);
}
