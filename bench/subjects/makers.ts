// Makes what a test would make at its start, ours and theirs, by name.

import { load } from "./peers.ts";

/** Makes it; what it returns takes it away again. */
export type Make = () => Remove | Promise<Remove>;
type Remove = () => void | Promise<void>;

interface FakeTimers {
  install(config: { now: number }): { uninstall(): void };
}

const nothing = (): void => undefined;

const makers = {
  "wheelwright kit": async () => {
    const { createTestKit } = await import("wheelwright/testing");
    const { NoOpJob } = await import("./wheelwright.ts");
    return async () => {
      const kit = await createTestKit({ jobs: [NoOpJob] });
      return () => kit.dispose();
    };
  },
  "wheelwright createJobs": async () => {
    const { createJobs, MemoryJobStore } = await import("wheelwright");
    const { NoOpJob } = await import("./wheelwright.ts");
    return () => {
      const jobs = createJobs({ store: new MemoryJobStore(), jobs: [NoOpJob] });
      return () => jobs.close();
    };
  },
  "fake-timers install": async () => {
    const fakeTimers = await load<FakeTimers>("@sinonjs/fake-timers");
    return () => {
      const clock = fakeTimers.install({ now: 0 });
      return () => clock.uninstall();
    };
  },
  fastq: async () => {
    const { default: fastq } = await load<{
      default: { promise(worker: () => Promise<void>, concurrency: 1): unknown };
    }>("fastq");
    return () => {
      fastq.promise(async () => undefined, 1);
      return nothing;
    };
  },
  "p-queue": async () => {
    const { default: Queue } = await load<{ default: new (options: { concurrency: number }) => unknown }>("p-queue");
    return () => {
      new Queue({ concurrency: 1 });
      return nothing;
    };
  },
  "better-queue": async () => {
    const { default: Queue } = await load<{ default: new (process: () => void) => { destroy(): void } }>(
      "better-queue",
    );
    return () => {
      const queue = new Queue(nothing);
      return () => queue.destroy();
    };
  },
} satisfies Record<string, () => Promise<Make>>;

export type MakerName = keyof typeof makers;

export const OUR_MAKERS: readonly MakerName[] = ["wheelwright kit", "wheelwright createJobs"];
export const PEER_MAKERS: readonly MakerName[] = ["fake-timers install", "fastq", "p-queue", "better-queue"];

export async function makerOf(name: string): Promise<Make> {
  return makers[name as MakerName](); // `as`: the parts pass the names above
}
