// Both ends of a queue, which may be in two processes: one enqueues a job, the other begins to perform it.

import type { JobStore, WorkerOptions } from "wheelwright";
import type { Places } from "./subject.ts";

/** One process's hold of a queue that others have by the same name. */
export interface PickUp {
  /** Makes tables or whatever it needs; called once, before all else, in one process. */
  setup(): Promise<unknown>;
  /** A worker with one slot; `began` gets the job's `sentAt` as its handler begins. */
  work(began: (sentAt: string) => void): Promise<unknown>;
  enqueue(sentAt: string): Promise<unknown>;
}

/** How often the subjects look that look. */
export const POLL_MS = 500;

type Open = (queue: string, places: Places) => Promise<PickUp>;

async function ours(store: JobStore, options: WorkerOptions): Promise<PickUp> {
  const { createJobs, defineJob } = await import("wheelwright");
  let began: (sentAt: string) => void = () => undefined;
  const note = defineJob("Note", {}, ({ sentAt }: { sentAt: string }) => began(sentAt));
  const jobs = createJobs({ store, jobs: [note] });
  return {
    setup: () => jobs.setup(),
    work(listener) {
      began = listener;
      return jobs.worker(options).start();
    },
    enqueue: (sentAt) => jobs.enqueue(note, { sentAt }),
  };
}

interface Graphile {
  readonly Logger: new (factory: () => () => void) => object;
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJob(name: string, payload: object): Promise<unknown>;
  }>;
  run(options: object): Promise<unknown>;
}

interface PgBossPackage {
  readonly PgBoss: new (
    options: object,
  ) => {
    on(event: "error", listener: (error: unknown) => void): void;
    start(): Promise<unknown>;
    createQueue(name: string): Promise<unknown>;
    send(name: string, data: object): Promise<unknown>;
    work(
      name: string,
      options: object,
      handler: (jobs: readonly { readonly data: { readonly sentAt: string } }[]) => Promise<void>,
    ): Promise<unknown>;
  };
}

const openers = {
  "memory: wheelwright": async () => {
    const { MemoryJobStore } = await import("wheelwright");
    return ours(new MemoryJobStore(), {});
  },
  "sqlite: wheelwright": async (queue, { folder }) => {
    const { default: Database } = await import("better-sqlite3");
    const { SqliteJobStore } = await import("wheelwright/sqlite");
    const store = new SqliteJobStore(new Database(`${folder}/${queue}.db`), { closeDatabase: true });
    return ours(store, { interval: POLL_MS / 1000 });
  },
  "postgres: wheelwright": async (table, { postgres }) => {
    const { default: pg } = await import("pg");
    const { PostgresJobStore } = await import("wheelwright/postgres");
    return ours(new PostgresJobStore(new pg.Pool({ connectionString: postgres }), { table, notify: true }), {});
  },
  "postgres: graphile-worker": async (schema, { postgres }) => {
    const { Logger, makeWorkerUtils, run } = await load<Graphile>("graphile-worker");
    const options = { connectionString: postgres, schema, logger: new Logger(() => () => undefined) };
    const utils = await makeWorkerUtils(options);
    return {
      setup: () => utils.migrate(),
      work: (began) =>
        run({
          ...options,
          noHandleSignals: true,
          concurrency: 1,
          taskList: { note: async ({ sentAt }: { sentAt: string }) => began(sentAt) },
        }),
      enqueue: (sentAt) => utils.addJob("note", { sentAt }),
    };
  },
  "postgres: pg-boss": async (schema, { postgres }) => {
    const { PgBoss } = await load<PgBossPackage>("pg-boss");
    const boss = new PgBoss({ connectionString: postgres, schema, supervise: false, schedule: false });
    boss.on("error", console.error);
    await boss.start();
    return {
      setup: () => boss.createQueue("note"),
      work: (began) =>
        boss.work("note", { pollingIntervalSeconds: POLL_MS / 1000 }, async (jobs) => {
          for (const { data } of jobs) began(data.sentAt);
        }),
      enqueue: (sentAt) => boss.send("note", { sentAt }),
    };
  },
} satisfies Record<string, Open>;

export type PickUpName = keyof typeof openers;

export function openPickUp(name: string, queue: string, places: Places): Promise<PickUp> {
  const open = (openers as Readonly<Record<string, Open>>)[name]; // `as`: any name may be asked for
  if (open === undefined) throw new RangeError(`There is no subject "${name}".`);
  return open(queue, places);
}

/** By a name that the compiler does not follow: the peers need not be installed. */
async function load<T>(name: string): Promise<T> {
  const loaded: { readonly default?: object } = await import(name);
  return { ...loaded.default, ...loaded } as T; // `as`: as written above; some are CommonJS, some are not
}
