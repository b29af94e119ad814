// A table on a real database, an app that enqueues into it, and workers in processes of their own.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createJobs, type Jobs } from "wheelwright";
import { openStore } from "../../src/store/open-store.ts";
import { bundled } from "../bundled.ts";
import { crashSettings, FollowUpJob, StepJob, WaitJob } from "./jobs.ts";

export interface WorkerProcess {
  readonly child: ChildProcess;
  /** Resolves when it has printed a line that begins so; rejects when it ends without. */
  said(beginning: string): Promise<string>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  /** "running", or how it has ended and, unless that was well, what it said on stderr, which tells why. */
  state(): Promise<string>;
}

export interface WorkerProcessOptions {
  /** 4 unless told. */
  readonly concurrency?: number;
  /** Seconds; 1 unless told. */
  readonly lease?: number;
  /** Whether a WaitJob waits in it. */
  readonly waits?: boolean;
}

export interface Site {
  /** An app on the same table that enqueues and looks, and performs nothing. */
  readonly jobs: Jobs;
  startWorker(options?: WorkerProcessOptions): WorkerProcess;
  /** Lines of a file that the workers append to: "completed", "acknowledged", "warnings". */
  lines(file: string): readonly string[];
  /** Resolves when no job is pending or processing. Rejects when one is, and no worker is left. */
  settled(): Promise<void>;
  /** Kills what is left of the workers, and drops nothing: the database goes with the test run. */
  close(): Promise<void>;
}

let sites = 0;

export async function aSite(url: string): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-processes-"));
  const table = `processes_${process.pid}_${sites++}`;
  const at = url === "sqlite:" ? `sqlite:${join(folder, "jobs.db")}` : url;
  const program = await bundled(join(import.meta.dirname, "worker-child.ts"));
  const store = await openStore(at, { table });
  const jobs = createJobs({ store, jobs: [StepJob, FollowUpJob, WaitJob], ...crashSettings });
  await jobs.setup();
  const workers = new Set<WorkerProcess>();
  return {
    jobs,
    startWorker({ concurrency = 4, lease = 1, waits = false } = {}) {
      const worker = start([program, at, table, folder, String(concurrency), String(lease)], waits);
      workers.add(worker);
      return worker;
    },
    lines(file) {
      const path = join(folder, file);
      return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    },
    async settled() {
      for (;;) {
        const { pending, processing } = await jobs.queueStats();
        if (pending + processing === 0) return;
        const states = await Promise.all([...workers].map((worker) => worker.state()));
        if (!states.includes("running"))
          throw new Error(
            [`${pending} jobs are pending and ${processing} processing, and no worker is left.`, ...states].join("\n"),
          );
        await setTimeout(50);
      }
    },
    async close() {
      for (const { child } of workers) child.kill("SIGKILL");
      await Promise.all([...workers].map(({ ended }) => ended));
      await jobs.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function start(args: readonly string[], waits: boolean): WorkerProcess {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, WAITS: waits ? "1" : "" },
  });
  let printed = "";
  let complained = "";
  let hasEnded = false;
  const changed = new Set<() => void>();
  const tell = (): void => {
    for (const look of [...changed]) look();
  };
  child.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    tell();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    complained += chunk.toString();
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.on("close", (code, signal) => {
      hasEnded = true;
      tell();
      resolve(signal ?? code);
    });
  });
  const said = (beginning: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = printed
          .split("\n")
          .slice(0, -1)
          .find((one) => one.startsWith(beginning));
        if (line === undefined && !hasEnded) return;
        changed.delete(look);
        if (line !== undefined) resolve(line);
        else reject(new Error(`The worker ended without saying "${beginning}". It said: ${printed}${complained}`));
      };
      changed.add(look);
      look();
    });
  const state = async (): Promise<string> => {
    if (child.exitCode === null && child.signalCode === null) return "running";
    const how = await ended;
    return how === 0 ? "ended with 0" : `ended with ${how}, saying: ${complained}`;
  };
  return { child, said, ended, state };
}
