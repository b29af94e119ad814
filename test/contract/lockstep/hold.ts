// The tests that hold a store against the model and against memory, in the ordinary run and in the thorough one.

import { afterAll, beforeAll, describe, it } from "vitest";
import { lockstep, type Open } from "./lockstep.ts";
import { memory, model, type Opened } from "./subjects.ts";

const IS_THOROUGH = process.env.TEST_THOROUGH === "1";

/** Seeds that ever failed, with what they found. They are played on every store, always. */
const EVER_FAILED: readonly number[] = [
  1, // SQL stores left out `brokenData` where they answered an insert, and part of a list that was refused.
];

/** `runs`: of the ordinary run, and of the thorough one, each of up to `STEPS` steps. */
export interface Runs {
  readonly ordinary: number;
  readonly thorough: number;
}

const STEPS = 60;

export function holdInStep(name: string, open: () => Promise<Opened>, runs: Runs): void {
  describe(`${name}, step by step`, () => {
    let opened: Opened | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.close();
    });
    const subject: Open = () => {
      if (opened === undefined) throw new Error(`${name} was not opened`);
      return opened.open();
    };
    holdTo("does what the model of the rules does", name, model, subject, runs);
    holdTo("cannot be told from memory", name, memory, subject, runs);
  });
}

/** The ordinary run plays the same steps each time; the thorough one others, whose seed it tells. */
export function holdTo(title: string, name: string, reference: Open, subject: Open, runs: Runs): void {
  it(
    title,
    async () => {
      const seed = IS_THOROUGH ? Date.now() % 2 ** 31 : 2;
      let played = 0;
      for (const each of EVER_FAILED)
        played += await lockstep(reference, subject, { runs: 3, seed: each, length: STEPS });
      const count = IS_THOROUGH ? runs.thorough : runs.ordinary;
      played += await lockstep(reference, subject, { runs: count, seed, length: STEPS });
      if (IS_THOROUGH) process.stderr.write(`${name} ${title}: ${played} steps compared, seed ${seed}\n`);
    },
    IS_THOROUGH ? 1_800_000 : 30_000,
  );
}
