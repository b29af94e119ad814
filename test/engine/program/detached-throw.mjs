// A handler throws where no promise can see it. The app survives that by a listener of its own; the engine must, too.

import { createJobs, defineJob, MemoryJobStore, TestClock } from "wheelwright";

let uncaught = 0;
process.on("uncaughtException", () => uncaught++);

const throwing = defineJob("Throwing", { maxRetries: 1, timeout: 5 }, (_data, context) => {
  setImmediate(() => {
    throw new Error("in a timer");
  });
  return context.sleep("1h");
});
const plain = defineJob("Plain", {}, () => undefined);
const clock = new TestClock(new Date("2030-01-01T00:00:00Z"));
const quiet = { info() {}, warn() {}, error() {} };
const jobs = createJobs({ store: new MemoryJobStore(), jobs: [throwing, plain], clock, logger: quiet });
await jobs.enqueue(throwing);
await jobs.enqueue(plain);

const processing = jobs.processQueue();
await new Promise((resolve) => setTimeout(resolve, 5)); // real: until the handler has begun
clock.moveTo(new Date(clock.now().getTime() + 5000));
const { processed, errors } = await processing;
process.stdout.write(JSON.stringify({ uncaught, processed, timedOut: /timed out after 5 seconds$/.test(errors[0]) }));
