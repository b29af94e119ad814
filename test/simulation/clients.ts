// What the people and programs around the queue do while it works: they enqueue, cancel, retry, purge.

import { type EnqueueOptions, StoreUnavailableError, WheelwrightError } from "wheelwright";
import type { Dice } from "./dice.ts";
import type { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import type { ActionKind, Plan } from "./plan.ts";
import { dataOf, SimJob } from "./sim-job.ts";

export class Clients {
  /** How many actions have not begun. */
  left: number;
  readonly #plan: Plan;
  readonly #network: Network;
  readonly #dice: Dice;
  #made = 0;

  constructor(plan: Plan, network: Network, dice: Dice) {
    this.left = plan.actions;
    this.#plan = plan;
    this.#network = network;
    this.#dice = dice;
  }

  /** Begins the next action, at a machine. What comes of it is the rules' affair; whoever calls hears of errors only. */
  act(machine: Machine): void {
    this.left--;
    const kind = this.#made === 0 ? "enqueue" : this.#dice.pick(this.#plan.kinds);
    this.#do(kind, machine).catch((error: unknown) => {
      // The store's errors and refusals are answers. Anything else is a mistake of ours.
      if (!(error instanceof WheelwrightError)) this.#network.violation ??= error;
    });
  }

  async #do(kind: ActionKind, machine: Machine): Promise<void> {
    const { jobs } = machine;
    const dice = this.#dice;
    switch (kind) {
      case "enqueue":
        return this.#enqueue(machine);
      case "enqueueMany":
        for (const job of await jobs.enqueueMany([this.#draft(), this.#draft()])) this.#network.rules.acknowledged(job);
        return;
      case "cancel":
        return jobs.cancel(this.#anyId());
      case "retry":
        await jobs.retry(this.#anyId());
        return;
      case "retryFailed":
        await jobs.retryFailed(dice.chance(0.5) ? { limit: 1 } : {});
        return;
      case "purge":
        await jobs.purge({ status: ["completed", "failed"], days: 0 });
        return;
      case "rescue":
        await jobs.rescue();
        return;
      case "processQueue":
        await jobs.processQueue({ limit: dice.between(1, 4) });
    }
  }

  /** Said again, with the same id, when the store did not answer: there is to be one job. */
  async #enqueue({ jobs }: Machine): Promise<void> {
    const [jobClass, data, options] = this.#draft();
    for (let time = 1; ; time++) {
      try {
        this.#network.rules.acknowledged(await jobs.enqueue(jobClass, data, options));
        return;
      } catch (error) {
        if (options.id === undefined || time === 3 || !(error instanceof StoreUnavailableError)) throw error;
      }
    }
  }

  #draft(): readonly [typeof SimJob, ReturnType<typeof dataOf>, EnqueueOptions] {
    const dice = this.#dice;
    const tag = `j${++this.#made}`;
    const { oneKey } = this.#plan;
    const identity = oneKey ? 2 : dice.between(1, 4);
    const options: EnqueueOptions = {
      priority: dice.between(-1, 1),
      maxRetries: dice.between(1, 3),
      timeout: dice.pick([4, 15, 40]),
      ...(dice.chance(0.4) ? { delay: dice.pick([1, 5, 12]) } : {}),
      ...(identity === 1 ? { id: tag } : {}),
      ...(identity === 2
        ? { uniqueKey: oneKey ? "a" : dice.pick(["a", "b"]), uniqueWhile: dice.pick(["live", "pending"] as const) }
        : {}),
    };
    return [SimJob, dataOf(tag, dice), options];
  }

  #anyId(): string {
    const ids = this.#network.rules.ids();
    return ids.length === 0 ? "nobody" : this.#dice.pick(ids);
  }
}
