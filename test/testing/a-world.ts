// Random jobs for properties: delays, priorities, sleeps, failures, and children that are enqueued on the way.

import * as fc from "fast-check";
import { type DefinedJob, defineJob } from "wheelwright";
import type { TestKit } from "wheelwright/testing";

/** What one job does. Times are in seconds, and meet often. */
export interface Part {
  readonly delay: number;
  readonly priority: number;
  /** How many attempts fail first; the job ends `failed` where they are too many. */
  readonly fails: number;
  readonly sleeps: readonly number[];
  /** Enqueued at the end of an attempt that completes. */
  readonly children: readonly Part[];
}

const { part: aPart } = fc.letrec<{ part: Part }>((tie) => ({
  part: fc.record({
    delay: fc.constantFrom(0, 0, 1, 4, 8, 10, 30),
    priority: fc.integer({ min: -1, max: 1 }),
    fails: fc.constantFrom(0, 0, 0, 1, 2, 3),
    sleeps: fc.array(fc.constantFrom(0, 1, 4, 20, 400), { maxLength: 2 }),
    children: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant([]),
      fc.array(tie("part"), { maxLength: 2 }),
    ),
  }),
}));

export const aWorld: fc.Arbitrary<readonly Part[]> = fc.array(aPart, { maxLength: 6 });

/** The class that plays parts. */
export function aPartJob(): DefinedJob<Part> {
  const job: DefinedJob<Part> = defineJob<Part>("PartJob", {}, async (part, { attempt, sleep }) => {
    for (const seconds of part.sleeps) await sleep(`${seconds}s`);
    if (attempt <= part.fails) throw new Error(`attempt ${attempt} fails`);
    for (const child of part.children) await enqueue(job, child);
  });
  return job;
}

export async function enqueue(job: DefinedJob<Part>, part: Part): Promise<void> {
  await job.enqueueIn(part.delay, part, { priority: part.priority });
}

/** All that a test could tell two kits apart by. */
export async function storyOf(kit: TestKit): Promise<unknown> {
  const rows = (await kit.enqueued()).map(({ lockedUntil: _lease, updatedAt: _beat, ...row }) => row);
  return { timeline: kit.timeline(), events: kit.events(), rows };
}
