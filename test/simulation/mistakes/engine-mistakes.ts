// Engines that keep the protocol wrongly: the engine is the real one, and what it hears from the store, or says to it, is
// bent as if it had been written so.

import { type JobStore, StoreUnavailableError } from "wheelwright";
import type { Outcome } from "../../../src/job/outcome.ts";
import type { Claim, EnqueuedJob, NewJob } from "../../../src/job/record.ts";
import type { Mistake } from "./mistake.ts";

type Bend = (store: JobStore) => Partial<JobStore>;

export const ENGINE_MISTAKES: readonly Mistake[] = [
  planted("maxRetries off by one: one attempt too many", (store) =>
    bendClaims(store, (claim) => ({ ...claim, maxRetries: claim.maxRetries + 1 })),
  ),
  planted("maxRetries off by one: one attempt too few", (store) =>
    bendClaims(store, (claim) => ({ ...claim, maxRetries: claim.maxRetries - 1 })),
  ),
  planted("timeouts measured from createdAt", (store) =>
    bendClaims(store, (claim) => ({ ...claim, startedAt: claim.createdAt })),
  ),
  planted("backoff counted from 0", (store) => ({
    settle: (claim, outcome, at) => store.settle(claim, sooner(outcome, at.now), at),
  })),
  planted("settle again with the token of whoever holds the job now", (store) => ({
    settle: async (claim, outcome, at) => {
      const answer = await store.settle(claim, outcome, at);
      if (answer === "settled" || at.expired === true) return answer;
      const all = await store.expired({ now: new Date("2040-01-01T00:00:00Z"), limit: 1000 });
      const current = all.find(({ id }) => id === claim.id);
      return current === undefined ? answer : store.settle(current, outcome, at);
    },
  })),
  planted("an outcome that could not be stored is told as stored", (store) => ({
    settle: (claim, outcome, at) => store.settle(claim, outcome, at).catch(() => "settled" as const),
  })),
  planted("an outcome that was lost is told as stored", (store) => ({
    settle: async (claim, outcome, at) => {
      await store.settle(claim, outcome, at);
      return "settled";
    },
  })),
  planted("of outcomes that are settled together only the first is stored", (store) => ({
    settleMany: async (settlements, at) => {
      await store.settleMany?.(settlements.slice(0, 1), at);
      return settlements.map(() => "settled" as const);
    },
  })),
  planted("double enqueue: an insert without a given id is sent again", (store) => ({
    insert: async (jobs, at) => {
      try {
        return await store.insert(jobs, at);
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || jobs.some(({ idGiven }) => idGiven)) throw error;
        return store.insert(
          jobs.map((job): NewJob => ({ ...job, id: `${job.id.slice(0, -1)}z` })),
          at,
        );
      }
    },
  })),
  planted("an enqueue that could not be stored is acknowledged", (store) => ({
    insert: (jobs, at) => store.insert(jobs, at).catch(() => jobs.map((job) => acknowledgement(job, at.now))),
  })),
  planted("the rescue is never called", () => ({ expired: async () => [] })),
  planted("the rescue settles as any worker does", (store) => ({
    settle: (claim, outcome, { now }) => store.settle(claim, outcome, { now }),
  })),
  planted("a handler that failed is settled as completed", (store) => ({
    settle: (claim, outcome, at) =>
      store.settle(claim, outcome.type === "failed" && at.expired !== true ? { type: "completed" } : outcome, at),
  })),
  planted("a job that the shutdown stopped is settled as failed", (store) => ({
    settle: (claim, outcome, at) =>
      store.settle(claim, outcome.type === "released" ? { type: "failed", error: "the worker stopped" } : outcome, at),
  })),
];

function planted(name: string, bend: Bend): Mistake {
  return {
    name,
    engineSide: (store) => {
      // Without settleMany every outcome goes by settle, which may be bent.
      const bent: object = { settleMany: undefined, ...bend(store) };
      return new Proxy(store, {
        get: (target, property) =>
          Object.hasOwn(bent, property) ? Reflect.get(bent, property) : Reflect.get(target, property),
      });
    },
  };
}

function bendClaims(store: JobStore, bend: (claim: Claim) => Claim): Partial<JobStore> {
  return {
    claim: async (request) => (await store.claim(request)).map(bend),
    expired: async (request) => (await store.expired(request)).map(bend),
  };
}

function sooner(outcome: Outcome, now: Date): Outcome {
  if (outcome.type !== "retry") return outcome;
  return { ...outcome, runAt: new Date(now.getTime() + (outcome.runAt.getTime() - now.getTime()) / 2) };
}

function acknowledgement(job: NewJob, now: Date): EnqueuedJob {
  const none = {
    lastError: null,
    startedAt: null,
    completedAt: null,
    failedAt: null,
    lockedBy: null,
    lockedUntil: null,
  };
  const { idGiven: _, uniqueWhile: __, ...made } = job;
  const fresh = { seq: 0, status: "pending", attempts: 0, createdAt: now, updatedAt: now, progress: null } as const;
  return { ...made, ...none, ...fresh, data: JSON.parse(job.data), carried: null, deduplicated: false };
}
