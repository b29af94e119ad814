// Five rounds of so many kits (the argument), each used and disposed. Prints the heap after each round and what is left, as
// JSON. Run with --expose-gc.

import { defineJob } from "wheelwright";
import { createTestKit, expectEnqueued } from "wheelwright/testing";

const ROUNDS = 5;
const KITS_PER_ROUND = Number(process.argv[2]);

const Mail = defineJob<{ n: number }>("MailJob", {}, async ({ n }, { sleep, attempt }) => {
  await sleep("5s");
  if (attempt === 1 && n % 2 === 0) throw new Error(`try ${n} again`);
});

async function aTest(n: number): Promise<void> {
  const kit = await createTestKit({ jobs: [Mail], leftovers: "ignore", ...(n % 3 === 0 && { now: "2030-01-01" }) });
  await kit.run(() => Mail.enqueue({ n }));
  await expectEnqueued(kit, Mail, { n });
  await kit.drainUntilIdle();
  await kit.run(() => Mail.enqueue({ n }));
  await kit.drain(); // Left asleep.
  await kit.dispose();
}

const heap: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  for (let n = 0; n < KITS_PER_ROUND; n++) await aTest(n);
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  heap.push(process.memoryUsage().heapUsed);
}
// What a kit waited a turn for at its end, on a store that answers at once, is over a turn later.
await new Promise((resolve) => setImmediate(resolve));
const handles = process.getActiveResourcesInfo().filter((name) => /timeout|immediate/i.test(name));
process.stdout.write(JSON.stringify({ heap, handles }));
