// A store call as a plan: statements asked for one by one, their results handed back. The same plan runs at once on a
// synchronous driver and awaited on the others.

import type { Dialect } from "./dialect.ts";

/** What a parameter may be. Instants are encoded by the dialect first; a Date is one that its own driver writes. */
export type SqlValue = string | number | null | Date;

/** Columns by lower-case name, values as the driver gives them. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** One statement, its parameters written as `?`. */
export interface Step {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** A statement kept prepared is prepared anew when this changes. */
  readonly growth?: number | undefined;
}

export interface StepResult {
  readonly rows: readonly SqlRow[];
  /** Rows inserted, updated or deleted. */
  readonly changes: number;
  /** The number the database gave to the row inserted last, where the driver tells it. */
  readonly lastSeq?: number | undefined;
}

/** A plan that ends with a T. A driver that fails throws into it. */
export type Work<T> = Generator<Step, T, StepResult>;

/** Runs one statement. */
export function* ask(sql: string, params: readonly SqlValue[] = [], growth?: number): Work<StepResult> {
  return yield { sql, params, growth };
}

/** A plan that stands or falls as one inside a transaction that goes on. */
export function* inSavepoint<T>(work: Work<T>, { savepoint }: Pick<Dialect, "savepoint">): Work<T> {
  yield* ask(savepoint.begin);
  try {
    const result = yield* work;
    if (savepoint.keep !== null) yield* ask(savepoint.keep);
    return result;
  } catch (error) {
    yield* ask(savepoint.undo);
    throw error;
  }
}

/** Plays a plan on a synchronous driver. */
export function playSync<T>(work: Work<T>, execute: (step: Step) => StepResult): T {
  let next = work.next();
  while (next.done !== true) {
    let result: StepResult;
    try {
      result = execute(next.value);
    } catch (error) {
      next = work.throw(error);
      continue;
    }
    next = work.next(result);
  }
  return next.value;
}

/** Plays a plan on an asynchronous driver. */
export async function play<T>(work: Work<T>, execute: (step: Step) => Promise<StepResult>): Promise<T> {
  let next = work.next();
  while (next.done !== true) {
    let result: StepResult;
    try {
      result = await execute(next.value);
    } catch (error) {
      next = work.throw(error);
      continue;
    }
    next = work.next(result);
  }
  return next.value;
}
