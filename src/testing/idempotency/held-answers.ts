// Answers held back until nothing else goes on: a handler that ends without one has not awaited the call.

import { afterTurn, elapsedMs } from "../real-time.ts";

/** Which of several answers is given first when nothing else goes on: that of the latest call, or of the earliest. */
export type Order = "latest" | "earliest";

/** Turns of the event loop without a call or an answer, after which nothing goes on. */
const QUIET_TURNS = 5;
/** Real time that is given to calls under way, lest one of them waits for an answer that is held back. */
const PATIENCE_MS = 25;
/** Real time after the end, in which a handler that has ended may call once more. */
const AFTERMATH_MS = 10;

export class HeldAnswers {
  readonly #order: Order;
  readonly #held: (() => void)[] = [];
  #underWay = 0;
  #quiet = 0;
  #movedAt = elapsedMs();
  #isTurning = false;
  /** Whether two calls were ever under way at once, so that another order may show another thing. */
  wereSeveral = false;

  constructor(order: Order) {
    this.#order = order;
  }

  /** The same answer, later. */
  hold<T>(answer: PromiseLike<T>): Promise<T> {
    if (this.#underWay + this.#held.length > 0) this.wereSeveral = true;
    this.#underWay++;
    this.#moved();
    return new Promise<T>((resolve, reject) => {
      const settle = (give: () => void): void => {
        this.#underWay--;
        this.#held.push(give);
        this.#moved();
        this.#turn();
      };
      answer.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      );
    });
  }

  /** Resolves when every answer is given, and a while after. */
  async settled(): Promise<void> {
    const from = elapsedMs();
    while (this.#held.length > 0 || elapsedMs() - from < AFTERMATH_MS) await new Promise<void>(afterTurn);
  }

  #moved(): void {
    this.#quiet = 0;
    this.#movedAt = elapsedMs();
  }

  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    afterTurn(() => {
      this.#isTurning = false;
      const isQuiet = this.#underWay === 0 || elapsedMs() - this.#movedAt > PATIENCE_MS;
      if (isQuiet && ++this.#quiet > QUIET_TURNS) {
        (this.#order === "latest" ? this.#held.pop() : this.#held.shift())?.();
        this.#moved();
      }
      if (this.#held.length > 0) this.#turn();
    });
  }
}
