// Whether the store answers: told once when it stops answering, once when what it says changes, and once when it is back.

import type { Clock } from "../clock/clock.ts";
import { formatDuration } from "../job/duration.ts";
import { failureMessage } from "../job/failure-message.ts";
import type { WriteLog } from "./log.ts";

/** Counted by loop, so that one that always fails beside others that work is told once, too. */
export class Outage {
  readonly #failing = new Map<string, string>();
  readonly #clock: Clock;
  readonly #log: WriteLog;
  readonly #who: string;
  readonly #onFailure: (sinceMs: number, error: unknown) => void;
  #since: number | null = null;

  /** `onFailure` is told at each failure for how long the store has been away, in milliseconds. */
  constructor(clock: Clock, log: WriteLog, who: string, onFailure: (sinceMs: number, error: unknown) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#who = who;
    this.#onFailure = onFailure;
  }

  failed(loop: string, error: unknown): void {
    const now = this.#clock.now().getTime();
    this.#since ??= now;
    const message = failureMessage(error);
    const isNews = ![...this.#failing.values()].includes(message);
    this.#failing.set(loop, message);
    if (isNews) this.#log("error", `${this.#who} cannot reach its store and keeps trying: ${message}`, { error });
    this.#onFailure(now - this.#since, error);
  }

  answered(loop: string): void {
    this.#failing.delete(loop);
    if (this.#since === null || this.#failing.size > 0) return;
    const awayMs = this.#clock.now().getTime() - this.#since;
    this.#since = null;
    this.#log("warn", `${this.#who} reaches its store again, after ${formatDuration(awayMs)}`, { awayMs });
  }
}
