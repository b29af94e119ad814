// The job of a simulation: does what its data says, one act after the other, and lets the scheduler in between them.

import { DiscardJob, Job, type JobContext } from "wheelwright";
import type { Dice } from "./dice.ts";

/** `step`: only a place to be interrupted at. `stubborn`: goes on for some steps whatever has become of its attempt. */
export type Act = "step" | "sleep" | "nap" | "progress" | "follow" | "throw" | "discard" | "hang" | "stubborn";

export interface SimData {
  /** One for each enqueue there is: no two rows may ever have the same. */
  readonly tag: string;
  /** What each attempt does; counted round. */
  readonly attempts: readonly (readonly Act[])[];
}

/** What a job needs of the engine that it runs in. */
export interface Home {
  /** Resolves when the scheduler lets it go on; never, when the engine dies before. */
  step(): Promise<void>;
  started(context: JobContext): void;
  finished(context: JobContext): void;
  /** It is about to throw DiscardJob. */
  discarded(context: JobContext): void;
}

export class SimJob extends Job<SimData> {
  override readonly baseDelay = 1;
  override readonly maxDelay = 6;
  readonly #home: Home | null;

  constructor(home: Home | null = null) {
    super();
    this.#home = home;
  }

  async perform({ tag, attempts }: SimData, context: JobContext): Promise<void> {
    const home = this.#home;
    if (home === null) throw new TypeError("A SimJob performs in a simulation only.");
    home.started(context);
    for (const act of attempts[(context.attempt - 1) % attempts.length] ?? []) {
      await home.step();
      await this.#do(act, tag, context, home);
    }
    home.finished(context);
  }

  async #do(act: Act, tag: string, context: JobContext, home: Home): Promise<void> {
    switch (act) {
      case "step":
        return;
      case "sleep":
        return context.sleep("13s"); // longer than a lease
      case "nap":
        return context.sleep("2s");
      case "progress":
        return context.progress(1, 2);
      case "follow":
        // A given id: so that it may be said again by the next attempt.
        await context.enqueue(SimJob, { tag: `${tag}+`, attempts: [["step"]] }, { id: `${tag}+` });
        return;
      case "throw":
        throw new Error("as planned");
      case "discard":
        home.discarded(context);
        throw new DiscardJob("as planned");
      case "hang":
        return new Promise(() => undefined);
      case "stubborn":
        for (let more = 0; more < 4; more++) await home.step();
        await context.sleep("13s").catch(() => undefined);
        await home.step();
    }
  }
}

const ACTS: readonly Act[] = [
  "step",
  "step",
  "sleep",
  "nap",
  "progress",
  "follow",
  "throw",
  "discard",
  "hang",
  "stubborn",
];

export function dataOf(tag: string, dice: Dice): SimData {
  const attempts = Array.from({ length: dice.between(1, 3) }, () => {
    const acts: Act[] = [];
    for (let count = dice.between(0, 3); count > 0; count--) acts.push(dice.chance(0.5) ? "step" : dice.pick(ACTS));
    if (dice.chance(0.3)) acts.push("throw");
    return acts;
  });
  return { tag, attempts };
}

/** What a job is called in traces and messages: its tag. */
export function nameOf({ id, data }: { readonly id: string; readonly data?: unknown }): string {
  const tag: unknown = data !== null && typeof data === "object" ? Reflect.get(data, "tag") : undefined;
  return typeof tag === "string" ? tag : id;
}
