// What users would otherwise take, each set up as it is at its best. Their types are written here, as little as is used,
// so that the project compiles where they are not installed.

import type { Subject } from "../subject.ts";

interface Fastq {
  readonly promise: (worker: (data: unknown) => Promise<void>, concurrency: number) => FastqQueue;
}

interface FastqQueue {
  pause(): void;
  resume(): void;
  push(data: unknown): Promise<void>;
  drained(): Promise<void>;
}

type PQueue = new (options: {
  concurrency: number;
  autoStart: boolean;
}) => {
  add(task: () => Promise<void>): Promise<void>;
  start(): void;
  onIdle(): Promise<void>;
};

type BetterQueue = new (
  process: (task: unknown, done: (error: null) => void) => void,
  options: { batchSize: number },
) => {
  pause(): void;
  resume(): void;
  push(data: unknown): void;
  on(event: "task_queued" | "drain", listener: () => void): void;
  destroy(done: () => void): void;
};

/** A promise per push: pushing is not awaited, since such a promise is the job's own end. */
export async function openFastq(): Promise<Subject> {
  const { default: fastq } = await load<{ default: Fastq }>("fastq");
  let handled = 0;
  const queue = fastq.promise(async () => {
    handled++;
  }, 1);
  queue.pause();
  return {
    async enqueue(n) {
      for (let i = 0; i < n; i++) void queue.push({ i });
    },
    async drain() {
      queue.resume();
      await queue.drained();
    },
    handled: () => handled,
  };
}

/** A job is a closure here; adding is not awaited, for the same reason. */
export async function openPQueue(): Promise<Subject> {
  const { default: Queue } = await load<{ default: PQueue }>("p-queue");
  let handled = 0;
  const queue = new Queue({ concurrency: 1, autoStart: false });
  const perform = async (_data: unknown): Promise<void> => {
    handled++;
  };
  return {
    async enqueue(n) {
      for (let i = 0; i < n; i++) {
        const data = { i };
        void queue.add(() => perform(data));
      }
    },
    async drain() {
      queue.start();
      await queue.onIdle();
    },
    handled: () => handled,
  };
}

/** Its memory store; a job is in when the store has it. With a batch size of 100 the handler is called once per 100. */
export async function openBetterQueue(batchSize: number): Promise<Subject> {
  const { default: Queue } = await load<{ default: BetterQueue }>("better-queue");
  let handled = 0;
  let stored = 0;
  const queue = new Queue(
    (task, done) => {
      handled += Array.isArray(task) ? task.length : 1;
      done(null);
    },
    { batchSize },
  );
  queue.pause();
  return {
    enqueue: (n) =>
      new Promise((resolve) => {
        queue.on("task_queued", () => {
          if (++stored === n) resolve();
        });
        for (let i = 0; i < n; i++) queue.push({ i });
      }),
    drain: () =>
      new Promise((resolve) => {
        queue.on("drain", resolve);
        queue.resume();
      }),
    handled: () => handled,
    close: () => new Promise((resolve) => queue.destroy(resolve)),
  };
}

/** The name is a variable so that the compiler does not look for the package. */
export function load<T>(name: string): Promise<T> {
  return import(name) as Promise<T>; // `as`: the types above say what of it is used
}
