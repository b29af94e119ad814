// What is said of a worker of an exploration that does nothing more.

import { expect, it } from "vitest";
import { StuckHandlerError } from "wheelwright/testing";
import { stuck } from "../../../src/testing/explore/errors.ts";

const STEPS = ["  worker-1 looks for work", "  worker-1 calls mutex.acquire() for #1 LockJob"];

it("names the call whose answer does not come, and the steps up to it", () => {
  const error = stuck("worker-1", "mutex.acquire()", 20_000, STEPS);

  expect(error).toBeInstanceOf(StuckHandlerError);
  expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
    "
    worker-1 of explore has neither called an effect nor slept nor ended for 20 s of real time.

      hint      It waits for mutex.acquire(). Is that a lock? Let it take its work
                  as a callback, lock.with(work), so that others have their turn
                  while one waits, and a worker that dies lets it go; or let
                  acquire() reject while it is held.
                Is it none, let it answer without real waiting.

      schedule    worker-1 looks for work
                  worker-1 calls mutex.acquire() for #1 LockJob
    "
  `);
});

it("asks for what is no effect where no call is open", () => {
  const { message } = stuck("worker-1", null, 20_000, STEPS);

  expect(message).toContain("Does its handler await something that is no effect and never comes?");
  expect(message).not.toContain("lock");
});

it("tells the last steps of many", () => {
  const steps = Array.from({ length: 300 }, (_, index) => `  step ${index}`);
  const { message } = stuck("worker-1", null, 20_000, steps);

  expect(message).toContain("step 299");
  expect(message).not.toContain("step 279");
});
