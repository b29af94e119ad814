// Random calls on a job store, and how to make one on two stores and compare the answers.

import fc from "fast-check";
import { aJob } from "../../../src/contract/index.ts";
import type { Outcome } from "../../../src/job/outcome.ts";
import type { Claim, NewJob } from "../../../src/job/record.ts";
import type { JobStore } from "../../../src/store/job-store.ts";

/** One call. `claim` and `job` are counted round through those there have been. */
export type Command =
  | { readonly call: "insert"; readonly now: number; readonly jobs: readonly Draft[] }
  | { readonly call: "due"; readonly now: number; readonly limit: number; readonly queues: Queues }
  | {
      readonly call: "claim";
      readonly now: number;
      readonly limit: number;
      readonly queues: Queues;
      readonly leaseMs: number;
    }
  | { readonly call: "claimOne"; readonly now: number; readonly job: number; readonly leaseMs: number }
  | {
      readonly call: "extend";
      readonly now: number;
      readonly claim: number;
      readonly leaseMs: number;
      readonly done: number | null;
    }
  | {
      readonly call: "settle";
      readonly now: number;
      readonly claim: number;
      readonly outcome: Outcome;
      readonly expired: boolean;
    }
  | { readonly call: "expired"; readonly now: number; readonly limit: number; readonly after: number | null }
  | { readonly call: "retry" | "remove" | "get"; readonly now: number; readonly job: number }
  | { readonly call: "retryFailed"; readonly now: number; readonly limit: number; readonly queues: Queues }
  | {
      readonly call: "purge";
      readonly now: number;
      readonly statuses: readonly ("completed" | "failed")[];
      readonly queues: Queues;
    }
  | {
      readonly call: "look";
      readonly now: number;
      readonly limit: number;
      readonly beforeSeq: number;
      readonly queues: Queues;
    };

type Queues = readonly string[] | undefined;
interface Draft {
  readonly id: string | undefined;
  readonly queue: string;
  readonly priority: number;
  readonly runAt: number;
  readonly uniqueKey: string | null;
  readonly uniqueWhile: NewJob["uniqueWhile"];
}

const T0 = Date.parse("2030-01-01T00:00:00.000Z");
export const instant = (milliseconds: number): Date => new Date(T0 + milliseconds);

// Small ranges, for many meetings: equal instants, equal keys, claims settled twice.
const time = fc.nat({ max: 40 });
const leaseMs = fc.nat({ max: 20 });
const limit = fc.nat({ max: 6 });
const index = fc.nat({ max: 1000 });
const queue = fc.constantFrom("a", "b", "c");
const queues = fc.option(fc.uniqueArray(queue, { maxLength: 3 }), { nil: undefined });
const error = fc.constantFrom("boom", "bang");

const draft: fc.Arbitrary<Draft> = fc.record({
  id: fc.option(fc.constantFrom("id-1", "id-2", "id-3", "id-4"), { nil: undefined, freq: 3 }),
  queue,
  priority: fc.constantFrom(-1, 0, 0, 1, 2 ** 31 - 1),
  runAt: time,
  uniqueKey: fc.option(fc.constantFrom("k1", "k2", "k3"), { nil: null, freq: 2 }),
  uniqueWhile: fc.constantFrom("live", "pending"),
});

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constant({ type: "completed" } as const),
  fc.constant({ type: "released" } as const),
  fc.record({ type: fc.constant("failed" as const), error }),
  fc.record({ type: fc.constant("retry" as const), runAt: time.map(instant), error }),
);

export const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ call: fc.constant("insert" as const), now: time, jobs: fc.array(draft, { maxLength: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ call: fc.constant("claim" as const), now: time, limit, queues, leaseMs }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("claimOne" as const), now: time, job: index, leaseMs }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("due" as const), now: time, limit, queues }) },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("extend" as const),
      now: time,
      claim: index,
      leaseMs,
      done: fc.option(fc.nat({ max: 3 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      call: fc.constant("settle" as const),
      now: time,
      claim: index,
      outcome,
      expired: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ call: fc.constant("expired" as const), now: time, limit, after: fc.option(index) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ call: fc.constantFrom("retry" as const, "remove", "get"), now: time, job: index }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("retryFailed" as const), now: time, limit, queues }) },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("purge" as const),
      now: time,
      statuses: fc.uniqueArray(fc.constantFrom("completed" as const, "failed" as const)),
      queues,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("look" as const),
      now: time,
      limit,
      beforeSeq: fc.nat({ max: 60 }),
      queues,
    }),
  },
);

/** Plays commands on one store, remembering its jobs and claims. Two players of one list can be compared call by call. */
export class Player {
  readonly #store: JobStore;
  readonly #ids: string[] = [];
  readonly #claims: Claim[] = [];
  #made = 0;

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** What the store answered, but for tokens, which are each store's own. */
  async play(command: Command): Promise<unknown> {
    const store = this.#store;
    const now = instant(command.now);
    switch (command.call) {
      case "insert": {
        const jobs = command.jobs.map(({ id, runAt, ...rest }) => {
          const draft = { ...rest, runAt: instant(runAt), data: { made: ++this.#made } };
          return id === undefined ? { ...aJob(draft), id: `made-${this.#made}` } : aJob({ ...draft, id });
        });
        const answers = await store.insert(jobs, { now });
        this.#ids.push(...answers.map((answer) => answer.id));
        return answers;
      }
      case "due":
        return store.due({ limit: command.limit, now, queues: command.queues });
      case "claim":
        return this.#remember(await store.claim({ ...command, now, workerId: `w${command.limit % 2}` }));
      case "claimOne":
        return this.#remember(
          await store.claim({ id: this.#id(command.job), limit: 1, now, workerId: "w", leaseMs: command.leaseMs }),
        );
      case "extend": {
        const claim = this.#claim(command.claim);
        if (claim === undefined) return null;
        const { done, leaseMs } = command;
        const progress = {
          processed: done ?? 0,
          total: 3,
          percentage: 0,
          status: "processing",
          message: null,
        } as const;
        return store.extend(claim, { now, leaseMs, ...(done === null ? {} : { progress }) });
      }
      case "settle": {
        const claim = this.#claim(command.claim);
        return claim === undefined ? null : store.settle(claim, command.outcome, { now, expired: command.expired });
      }
      case "expired": {
        const after = command.after === null ? undefined : this.#claim(command.after);
        const page = { now, limit: command.limit };
        return this.#remember(await store.expired(after === undefined ? page : { ...page, after }));
      }
      case "retry":
        return store.retry(this.#id(command.job), { now });
      case "remove":
        return store.remove(this.#id(command.job));
      case "get":
        return store.get(this.#id(command.job));
      case "retryFailed":
        return store.retryFailed({ ...command, now });
      case "purge":
        return store.purge({ ...command, before: now });
      case "look":
        return this.look(command);
    }
  }

  /** Everything that can be read. */
  async look({
    now,
    limit,
    beforeSeq,
    queues,
  }: {
    now: number;
    limit: number;
    beforeSeq: number;
    queues: Queues;
  }): Promise<unknown> {
    const store = this.#store;
    return {
      all: await store.list({ limit: 1000 }),
      page: await store.list({ limit, beforeSeq, queue: queues, status: ["pending", "failed"] }),
      due: await store.due({ limit: 1000, now: instant(now), queues }),
      stats: new Map([...(await store.stats({ queues }))].sort()),
      nextRunAt: await store.nextRunAt({ queues }),
      nextLeaseEndAt: await store.nextLeaseEndAt(),
      activity: await store.activity({ queues, since: instant(now), recent: limit }),
    };
  }

  #id(index: number): string {
    return this.#ids[index % Math.max(this.#ids.length, 1)] ?? "nobody";
  }

  #claim(index: number): Claim | undefined {
    return this.#claims[index % Math.max(this.#claims.length, 1)];
  }

  #remember(claims: readonly Claim[]): unknown {
    this.#claims.push(...claims);
    return claims.map(({ token: _, ...record }) => record);
  }
}
