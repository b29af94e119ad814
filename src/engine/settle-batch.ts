// Settles that come while others are under way go out together: a worker of many short jobs waits for few answers.

import type { JobStore, Settlement } from "../store/job-store.ts";

type Answer = "settled" | "lost";

interface Waiting extends Settlement {
  readonly now: Date;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** So many go out together at the most. */
const MOST = 250;
/** So many statements are under way at the most: one that hangs does not hold up the others' outcomes. */
const UNDER_WAY = 3;

/** The store with its settles batched, where it can write several in one step; else as it is. */
export function batchSettles(store: JobStore): JobStore {
  const settleMany = store.settleMany?.bind(store);
  if (settleMany === undefined) return store;
  const batch = new SettleBatch(store, settleMany);
  const settle: JobStore["settle"] = (claim, outcome, at) =>
    at.expired === true ? store.settle(claim, outcome, at) : batch.settle(claim, outcome, at.now);
  return new Proxy(store, {
    get: (inner, property) => (property === "settle" ? settle : Reflect.get(inner, property)),
  });
}

class SettleBatch {
  readonly #store: JobStore;
  readonly #settleMany: NonNullable<JobStore["settleMany"]>;
  #waiting: Waiting[] = [];
  #underWay = 0;

  constructor(store: JobStore, settleMany: NonNullable<JobStore["settleMany"]>) {
    this.#store = store;
    this.#settleMany = settleMany;
  }

  settle(claim: Settlement["claim"], outcome: Settlement["outcome"], now: Date): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ claim, outcome, now, resolve, reject });
      if (this.#underWay >= UNDER_WAY) return;
      this.#underWay++;
      // Jobs that end in one turn go out together.
      queueMicrotask(() => void this.#send());
    });
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST);
      if (batch.length === 1 || !(await this.#sendTogether(batch)))
        await Promise.all(batch.map((one) => this.#sendOne(one)));
    }
    this.#underWay--;
  }

  /** Returns whether it worked. One that the store refuses must not keep the others from being settled. */
  async #sendTogether(batch: readonly Waiting[]): Promise<boolean> {
    const { now } = batch.reduce((_, one) => one); // Of the last: each settlement has its own instant.
    try {
      const settlements = batch.map((one) => ({ claim: one.claim, outcome: one.outcome, at: one.now }));
      const answers = await this.#settleMany(settlements, { now });
      if (answers.length !== batch.length) return false;
      for (const [index, one] of batch.entries()) one.resolve(answers[index] ?? "lost");
      return true;
    } catch {
      return false;
    }
  }

  async #sendOne({ claim, outcome, now, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve(await this.#store.settle(claim, outcome, { now }));
    } catch (error) {
      reject(error);
    }
  }
}
