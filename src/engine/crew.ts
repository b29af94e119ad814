// What a worker and a scheduler have in common: loops over one store and one clock, which start, survive whatever
// happens, and end together without leaving a timer or a store call behind.

import { formatDuration } from "../job/duration.ts";
import { StoreUnavailableError } from "../job/errors.ts";
import type { Claim } from "../job/record.ts";
import { ClosingClock } from "./closing-clock.ts";
import type { Engine } from "./engine.ts";
import { StoreGuard } from "./guarded-store.ts";
import { Outage } from "./outage.ts";
import { Poller } from "./poller.ts";
import { batchSettles } from "./settle-batch.ts";
import { Watchdog } from "./watchdog.ts";

export interface CrewOptions {
  /** Who this is, for log lines: "worker-1a2b". */
  readonly who: string;
  readonly leaseMs: number;
  /** Out of reach of the store for so long it gives up: `gaveUp` is called, once. Infinity: never. */
  readonly giveUpMs: number;
  readonly gaveUp: (error: StoreUnavailableError) => void;
  /** Claims whose answer came too late for the call that asked for them. */
  readonly lateClaims: (claims: readonly Claim[]) => void;
}

export class Crew {
  /** The engine to take all steps with: its store and clock are on loan, and end with the crew. */
  readonly engine: Engine;
  readonly #home: Engine;
  readonly #clock: ClosingClock;
  readonly #guard: StoreGuard;
  readonly #outage: Outage;
  readonly #pollers: Poller[] = [];
  #gaveUp = false;

  constructor(home: Engine, options: CrewOptions) {
    const { who, leaseMs, giveUpMs, gaveUp, lateClaims } = options;
    this.#home = home;
    this.#clock = new ClosingClock(home.clock);
    this.#guard = new StoreGuard(home.store, this.#clock, leaseMs, lateClaims);
    this.#outage = new Outage(home.clock, home.log, who, (awayMs, error) => {
      if (awayMs < giveUpMs || this.#gaveUp) return;
      this.#gaveUp = true;
      const message = `${who} has not reached its store for ${formatDuration(awayMs)} and gives up.`;
      gaveUp(new StoreUnavailableError(message, { cause: error }));
    });
    const watchdog = new Watchdog(this.#clock, leaseMs);
    this.engine = { ...home, store: batchSettles(this.#guard.store), clock: this.#clock, leaseMs, watchdog };
    home.watchdogs.add(watchdog);
  }

  /** Adds a loop, asleep until it is woken. `name` is what its errors are counted by. */
  poller(name: string, poll: () => Promise<number>): Poller {
    const poller = new Poller(poll, {
      clock: this.#clock,
      random: this.#home.random,
      failed: (error) => this.#outage.failed(name, error),
      succeeded: () => this.#outage.answered(name),
    });
    this.#pollers.push(poller);
    return poller;
  }

  /** No loop begins another round. Resolves when the rounds under way have ended. */
  async stopPolling(): Promise<void> {
    await Promise.all(this.#pollers.map((poller) => poller.stop()));
  }

  /** Ends it for good: no timer of its own is left, and no call of its own reaches the store any more. */
  close(): void {
    this.#guard.close();
    this.#clock.close();
    this.#home.watchdogs.delete(this.engine.watchdog);
  }
}
