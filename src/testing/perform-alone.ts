// Performs one job without the queue: the engine's own steps, on a store of its own.

import { Attempt } from "../engine/attempt.ts";
import type { Engine } from "../engine/engine.ts";
import { newJob } from "../engine/new-job.ts";
import { perform } from "../engine/perform.ts";
import { Registry } from "../engine/registry.ts";
import { InvalidOptionError } from "../job/errors.ts";
import { failureMessage } from "../job/failure-message.ts";
import { classOf, isJob } from "../job/job.ts";
import type { Performance } from "../job/outcome.ts";
import type { Claim } from "../job/record.ts";
import { MemoryJobStore } from "../store/memory/memory-job-store.ts";

/**
 * Runs one attempt of a job with everything production puts around it (JSON, schema, context, timeout) and nothing
 * stored in the kit; what the handler enqueues goes to the kit.
 * Rejects with: the handler's own error.
 */
export async function performAlone(engine: Engine, job: object, data: unknown, attempt: number): Promise<void> {
  if (!Number.isInteger(attempt) || attempt < 1)
    throw new InvalidOptionError("attempt", attempt, "an integer of at least 1");
  const now = engine.clock.now();
  const store = new MemoryJobStore();
  const alone: Engine = { ...engine, store, registry: registryFor(engine, job) };
  const made = await newJob({ ...alone, kit: null }, job, data, undefined, now);
  await store.insert([{ ...made, runAt: now }], { now });
  const request = { limit: 1, now, workerId: engine.workerId, leaseMs: engine.leaseMs };
  let [claim] = await store.claim(request);
  for (let earlier = 1; earlier < attempt && claim !== undefined; earlier++) {
    await store.settle(claim, { type: "retry", runAt: now, error: failureMessage("an earlier attempt") }, { now });
    [claim] = await store.claim(request);
  }
  if (claim === undefined) throw new TypeError("The job to perform could not be claimed from its own store.");
  const performance = await runAlone(alone, claim);
  if (performance.type === "error") throw performance.error;
}

/** The engine's own, but where an instance is given: that one performs. */
function registryFor({ registry, defaults }: Engine, job: object): Registry {
  if (!isJob(job)) return registry;
  const alone = new Registry({
    jobs: registry.all.map(({ jobClass }) => jobClass),
    defaults,
    create: (jobClass) => (jobClass === classOf(job) ? job : registry.create(jobClass)),
    warn: () => undefined,
    production: false,
  });
  alone.listedIn = registry.listedIn;
  return alone;
}

function runAlone(engine: Engine, claim: Claim): Promise<Performance> {
  return new Promise((resolve) => {
    const attempt: Attempt = new Attempt(engine, claim, (performance) => {
      engine.kit?.attemptEnded(attempt);
      resolve(performance);
    });
    engine.watchdog.start(attempt);
    engine.kit?.attemptStarted(attempt);
    perform(attempt);
  });
}
