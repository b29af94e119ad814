// The peers, each set up as it is at its best (docs/benchmarks.md says how, and why). Their types are written here, as
// little as is used, so that the project compiles where they are not installed.

import { randomUUID } from "node:crypto";
import type { PGlite } from "@electric-sql/pglite";
import Database from "better-sqlite3";
import { inBulks, type Places, type SqlSubject } from "./subject.ts";

interface Plainjob {
  better(database: Database.Database): unknown;
  defineQueue(options: object): {
    add(type: string, data: object): void;
    addMany(type: string, data: readonly object[]): void;
    close(): void;
  };
  defineWorker(
    type: string,
    work: () => Promise<void>,
    options: object,
  ): { start(): Promise<void>; stop(): Promise<void> };
}

interface Graphile {
  readonly Logger: new (factory: () => () => void) => object;
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJob(name: string, payload: object): Promise<unknown>;
    addJobs(jobs: readonly object[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
  run(options: object): Promise<{
    readonly events: { on(event: string, listener: () => void): void };
    stop(): Promise<void>;
  }>;
}

interface Boss {
  on(event: "error", listener: (error: unknown) => void): void;
  start(): Promise<unknown>;
  createQueue(name: string): Promise<unknown>;
  send(name: string, data: object): Promise<unknown>;
  insert(name: string, jobs: readonly object[]): Promise<unknown>;
  fetch(name: string): Promise<readonly { readonly id: string }[]>;
  complete(name: string, id: string): Promise<unknown>;
  work(name: string, options: object, handler: (jobs: readonly unknown[]) => Promise<void>): Promise<unknown>;
  offWork(name: string, options: object): Promise<unknown>;
  stop(options: object): Promise<unknown>;
}

interface PgBossPackage {
  readonly PgBoss: new (options: object) => Boss;
  fromPglite(database: PGlite): object;
}

interface Bullmq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    readonly name: string;
    add(name: string, data: object): Promise<unknown>;
    addBulk(jobs: readonly object[]): Promise<unknown>;
    close(): Promise<void>;
  };
  readonly Worker: new (
    name: string,
    work: () => Promise<void>,
    options: object,
  ) => {
    on(event: string, listener: () => void): void;
    close(): Promise<void>;
  };
}

/** Counts what the handlers were called for; `of(n)` resolves at the nth. */
class Counter {
  #count = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #done: () => void = () => undefined;

  count(by = 1): void {
    this.#count += by;
    if (this.#count >= this.#wanted) this.#done();
  }

  of(n: number): Promise<void> {
    this.#count = 0;
    this.#wanted = n;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }
}

const SILENT = { error: console.error, warn() {}, info() {}, debug() {} };

/** Its worker takes one job at a time; there is no other way. */
export async function openPlainjob({ folder }: Places): Promise<SqlSubject> {
  const { better, defineQueue, defineWorker } = await load<Plainjob>("plainjob");
  const connection = better(new Database(`${folder}/plainjob-${randomUUID()}.db`));
  const queue = defineQueue({ connection, logger: SILENT });
  const counter = new Counter();
  const drain = async (n: number): Promise<void> => {
    const all = counter.of(n);
    const worker = defineWorker("noop", async () => {}, { queue, logger: SILENT, onCompleted: () => counter.count() });
    const stopped = worker.start();
    await all;
    await worker.stop();
    await stopped;
  };
  return {
    async enqueueEach(n) {
      for (let i = 0; i < n; i++) queue.add("noop", { i });
    },
    enqueueBulk: (n) =>
      inBulks(n, (numbers) =>
        queue.addMany(
          "noop",
          numbers.map((i) => ({ i })),
        ),
      ),
    drainEach: drain,
    close: async () => queue.close(),
  };
}

/** Its local queue takes 500 jobs at a time; completions go out together, without waiting for more. */
export async function openGraphile({ postgres }: Places): Promise<SqlSubject> {
  const { Logger, makeWorkerUtils, run } = await load<Graphile>("graphile-worker");
  const schema = `graphile_${randomUUID().slice(0, 8)}`;
  const logger = new Logger(() => () => undefined);
  const options = { connectionString: postgres, schema, logger };
  const utils = await makeWorkerUtils(options);
  await utils.migrate();
  const counter = new Counter();
  const drain = async (n: number, many: boolean): Promise<void> => {
    const all = counter.of(n);
    const runner = await run({
      ...options,
      noHandleSignals: true,
      preset: many
        ? { worker: { concurrentJobs: 24, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } }
        : { worker: { concurrentJobs: 1 } },
      taskList: { noop: async () => {} },
    });
    runner.events.on("job:complete", () => counter.count());
    await all;
    await runner.stop();
  };
  return {
    async enqueueEach(n) {
      for (let i = 0; i < n; i++) await utils.addJob("noop", { i });
    },
    enqueueBulk: (n) =>
      inBulks(n, (numbers) => utils.addJobs(numbers.map((i) => ({ identifier: "noop", payload: { i } })))),
    drainEach: (n) => drain(n, false),
    drainMany: (n) => drain(n, true),
    close: async () => utils.release(),
  };
}

/** Batches of a thousand, the next one as soon as a batch was full: by default it takes one job in two seconds. */
async function bossSubject(boss: Boss): Promise<SqlSubject> {
  boss.on("error", console.error);
  await boss.start();
  await boss.createQueue("noop");
  const counter = new Counter();
  return {
    async enqueueEach(n) {
      for (let i = 0; i < n; i++) await boss.send("noop", { i });
    },
    enqueueBulk: (n) =>
      inBulks(n, (numbers) =>
        boss.insert(
          "noop",
          numbers.map((i) => ({ data: { i } })),
        ),
      ),
    async drainEach(n) {
      for (let done = 0; done < n; done++) {
        const [job] = await boss.fetch("noop");
        if (job === undefined) throw new Error(`pg-boss ran dry after ${done} of ${n} jobs.`);
        await boss.complete("noop", job.id);
      }
    },
    async drainMany(n) {
      const all = counter.of(n);
      await boss.work(
        "noop",
        { batchSize: 1000, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 },
        async (jobs) => {
          counter.count(jobs.length);
        },
      );
      await all;
      await boss.offWork("noop", { wait: true });
    },
    close: async () => void (await boss.stop({ graceful: false, close: true })),
  };
}

export async function openPgBoss({ postgres }: Places): Promise<SqlSubject> {
  const { PgBoss } = await load<PgBossPackage>("pg-boss");
  const schema = `boss_${randomUUID().slice(0, 8)}`;
  return bossSubject(new PgBoss({ connectionString: postgres, schema, supervise: false, schedule: false }));
}

export async function openPgBossOnPglite(database: PGlite): Promise<SqlSubject> {
  const { PgBoss, fromPglite } = await load<PgBossPackage>("pg-boss");
  const subject = await bossSubject(new PgBoss({ db: fromPglite(database), supervise: false, schedule: false }));
  return {
    ...subject,
    close: async () => {
      await subject.close();
      await database.close();
    },
  };
}

export async function openBullmq({ redis }: Places): Promise<SqlSubject> {
  const { Queue, Worker } = await load<Bullmq>("bullmq");
  const [host = "", port = ""] = redis.split(":");
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue(`bull-${randomUUID()}`, { connection });
  const counter = new Counter();
  const drain = async (n: number, concurrency: number): Promise<void> => {
    const all = counter.of(n);
    const worker = new Worker(queue.name, async () => {}, { connection, concurrency });
    worker.on("completed", () => counter.count());
    await all;
    await worker.close();
  };
  return {
    async enqueueEach(n) {
      for (let i = 0; i < n; i++) await queue.add("noop", { i });
    },
    enqueueBulk: (n) => inBulks(n, (numbers) => queue.addBulk(numbers.map((i) => ({ name: "noop", data: { i } })))),
    drainEach: (n) => drain(n, 1),
    drainMany: (n) => drain(n, 100),
    close: () => queue.close(),
  };
}

/** By a name that the compiler does not follow. */
async function load<T>(name: string): Promise<T> {
  const loaded: { readonly default?: object } = await import(name);
  return { ...loaded.default, ...loaded } as T; // `as`: as written above; some are CommonJS, some are not
}
