// An app on the system's clock that runs its jobs and is never closed: nothing of it may keep the process alive.

import { createJobs, defineJob, MemoryJobStore } from "wheelwright";

const work = defineJob("Work", {}, async (_data, context) => {
  await context.sleep("1ms");
  context.signal.addEventListener("abort", () => undefined);
});
const forgotten = defineJob("Forgotten", {}, () => new Promise(() => undefined));
const jobs = createJobs({ store: new MemoryJobStore(), jobs: [work, forgotten] }).useAsDefault();

await work.enqueue();
const { processed } = await jobs.processQueue();
process.stdout.write(`processed ${processed}`);
await forgotten.enqueue();
void jobs.processQueue();
