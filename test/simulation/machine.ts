// One process of a simulation: a real engine with a clock of its own, cut off from everything but the network and the
// scheduler. It may stand still, stop, or die: then nothing that it awaits ever comes.

import { createJobs, type JobContext, type JobStore, type Jobs, TestClock, type Worker } from "wheelwright";
import type { Claim } from "../../src/job/record.ts";
import type { Rules } from "./rules.ts";
import { type Home, nameOf, SimJob } from "./sim-job.ts";

/** What a machine is connected to. */
export interface Wire {
  /** The world's time, in milliseconds since 1970. */
  readonly nowMs: number;
  readonly rules: Rules;
  /** The first rule that a handler, or a listener, saw broken: it must not become an error of theirs. */
  violation: unknown;
  tell(who: string, what: string): void;
  /** The store as this machine sees it. */
  seamOf(machine: Machine): JobStore;
}

export interface MachineParts {
  readonly name: string;
  readonly network: Wire;
  readonly skewMs: number;
  readonly concurrency: number;
  readonly random: () => number;
  /** What the engine's calls go through before they reach the network: where mistakes of engines are planted. */
  readonly engineSide: (store: JobStore) => JobStore;
}

/** Shorter than the longest sleep of a SimJob, so that heartbeats matter. */
const LEASE = "10s";
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export class Machine implements Home {
  readonly name: string;
  /** How far its clock is off. */
  skewMs: number;
  readonly clock: TestClock;
  readonly jobs: Jobs;
  isAlive = true;
  /** Milliseconds of the world's time until which it stands still. */
  pausedUntil = 0;
  /** Handlers that wait to be let on. */
  readonly steps: (() => void)[] = [];
  readonly #network: Wire;
  readonly #worker: Worker;

  constructor({ name, network, skewMs, concurrency, random, engineSide }: MachineParts) {
    this.name = name;
    this.skewMs = skewMs;
    this.#network = network;
    this.clock = new TestClock(new Date(network.nowMs + skewMs));
    this.jobs = createJobs({
      store: engineSide(network.seamOf(this)),
      jobs: [SimJob],
      clock: this.clock,
      random,
      logger: SILENT,
      lease: LEASE,
      workerId: name,
      create: () => new SimJob(this),
    });
    this.jobs.on("completed", ({ job }) => this.#check(() => network.rules.toldCompleted(job as Claim))); // `as`: as claimed
    this.#worker = this.jobs.worker({ concurrency, interval: 30, lease: LEASE });
    void this.#worker.start();
  }

  isPaused(nowMs: number): boolean {
    return this.pausedUntil > nowMs;
  }

  die(): void {
    this.isAlive = false;
    this.steps.length = 0;
  }

  /** Stops the worker, and starts it again as soon as it has stopped. */
  stopAndStart(now: boolean): void {
    void this.#worker.stop({ now }).then(() => this.#worker.start());
  }

  step(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isAlive) this.steps.push(resolve);
    });
  }

  started({ job }: JobContext): void {
    this.#network.tell(this.name, `performs ${nameOf(job)}, attempt ${job.attempts}`);
    this.#check(() => this.#network.rules.started(job as Claim, this.name)); // `as`: a running job is its claim
  }

  finished({ job }: JobContext): void {
    this.#network.tell(this.name, `has performed ${nameOf(job)}`);
    this.#network.rules.finished(job as Claim); // `as`: likewise
  }

  discarded({ job }: JobContext): void {
    this.#network.rules.discarded(job as Claim); // `as`: likewise
  }

  /** A rule that is broken here must not become a handler's error, nor a listener's. */
  #check(rule: () => void): void {
    try {
      rule();
    } catch (error) {
      this.#network.violation ??= error;
    }
  }
}
