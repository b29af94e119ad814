// What runs plans: one driver per kind of client, made from the user's own client object.

import { hasBrand } from "../../job/brand.ts";
import { StoreUnavailableError } from "../../job/errors.ts";
import type { Dialect } from "./dialect.ts";
import type { Plan } from "./plan.ts";
import type { Step, StepResult, Work } from "./step.ts";

/** How a plan is to be run. */
export interface How {
  /** Several statements that stand or fall together. */
  readonly transaction?: boolean | undefined;
  /** The app's own transaction, to be part of. */
  readonly within?: unknown;
  /** A row that is in the way has come meanwhile: looked at again, the plan will take another turn. */
  readonly againOnDuplicate?: boolean | undefined;
  /** Fails when a lock is not free, and does not wait for it: the caller will, with `run`. */
  readonly atOnce?: boolean | undefined;
  /** What is attempted, for messages: `"claim jobs"`. */
  readonly verb: string;
}

export interface SqlDriver {
  /** Known at once, or after the server has been asked. */
  readonly dialect: Dialect | null;
  /** Asks the server what it is, where that matters. */
  connect(): Promise<Dialect>;
  /** Runs a plan; what a deadlock or the like has undone is run again. */
  run<T>(make: () => Work<T>, how: How): Promise<T>;
  /** The same at once, on a synchronous client. */
  readonly runSync?: (<T>(make: () => Work<T>, how: How) => T) | undefined;
  /** Whether a transaction of the app's is one that `runSync` can be part of. */
  canRunSync?(within: unknown): boolean;
  /** Whether an error of `runSync` is one that `run` would wait for. */
  canWait?(error: unknown): boolean;
  close(): Promise<void>;
}

export type Executor = (step: Step) => Promise<StepResult>;
export type SyncExecutor = (step: Step) => StepResult;
export type MakePlan<T> = (plan: Plan) => Work<T>;

/** The store's error for whatever the driver threw. What the package itself threw is passed on. */
export function unavailable(verb: string, cause: unknown): Error {
  if (hasBrand(cause, "error")) return cause as Error; // `as`: so it is one of ours
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreUnavailableError(
    `Cannot ${verb}: the database failed (${reason}). Nothing of it was stored; try again when it is back.`,
    { cause },
  );
}

/** `?` to the dialect's own parameters; kept, for each statement is asked for many times. */
export class StatementTexts {
  readonly #texts = new Map<string, string>();
  readonly #placeholder: (n: number) => string;

  constructor(placeholder: (n: number) => string) {
    this.#placeholder = placeholder;
  }

  of(sql: string): string {
    let text = this.#texts.get(sql);
    if (text === undefined) {
      let n = 0;
      text = sql.replace(/\?/g, () => this.#placeholder(++n));
      this.#texts.set(sql, text);
    }
    return text;
  }
}
