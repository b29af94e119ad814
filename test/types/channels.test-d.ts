// What the steps tell, as an observer's compiler sees it.

import { AsyncLocalStorage } from "node:async_hooks";
import { type Claim, channels, type EnqueuedJob } from "wheelwright";

channels.perform.subscribe({
  asyncEnd: ({ job, workerId, error }) => {
    const claim: Claim = job;
    const who: string = workerId;
    console.log(claim.id, who, error);
  },
});
channels.enqueue.subscribe({
  start: ({ jobClasses }) => console.log(jobClasses.join()),
  asyncEnd: ({ result }) => {
    const rows: readonly EnqueuedJob[] | undefined = result;
    console.log(rows);
  },
});
channels.settle.subscribe({
  asyncEnd: ({ outcome, result, rescues }) => console.log(outcome.type, result === "lost", rescues ? 1 : 0),
});
channels.claim.start.bindStore(new AsyncLocalStorage<string>(), ({ workerId, limit }) => `${workerId} ${limit}`);
channels.extend.subscribe({
  asyncEnd: ({ job, progress, result }) => console.log(job.id, progress?.percentage, result),
});
channels.tick.subscribe({
  asyncEnd: ({ schedule, due, result }) => console.log(schedule, due.getTime(), result?.length),
});
channels.drain.subscribe({ asyncEnd: ({ verb, queues, result }) => console.log(verb, queues?.length, result?.ran) });

// @ts-expect-error: a moment that there is not
channels.perform.subscribe({ finish: () => undefined });
// @ts-expect-error: a settle has a job, an enqueue the names of those that are to be
channels.enqueue.subscribe({ start: ({ job }) => console.log(job) });
// @ts-expect-error: a rescue is told as the settle that it is
channels.rescue.subscribe({ start: () => undefined });
