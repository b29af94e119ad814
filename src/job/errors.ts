// Every error this package throws on purpose. Users branch on `code`; the text says what was attempted and what to do next.

import { inspect, types } from "node:util";
import { brand, isInstance } from "./brand.ts";
import { cutText } from "./cut-text.ts";

/** The base of all errors of this package. Users branch on `code`; `instanceof` works across copies of the package too. */
export abstract class WheelwrightError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, brandName(this), value);
  }
}

/** An argument or option is not one that can be used (R4). Nothing was stored. */
export class InvalidOptionError extends WheelwrightError {
  override readonly code = "INVALID_OPTION";
  readonly option: string;
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string, options?: ErrorOptions) {
    super(`${option} is ${show(value)}; expected ${expected}.`, options);
    this.option = option;
    this.value = value;
  }
}

/**
 * A duration could not be read. A bare number is refused, because nobody can see its unit.
 * It is a TypeError too, as where the language itself refuses an argument of the wrong type.
 */
export class InvalidDurationError extends TypeError {
  readonly code = "INVALID_DURATION";
  readonly value: unknown;

  constructor(value: unknown, what: string) {
    super(`${what} is ${show(value)}, which is no duration. ${durationHint(value)}`);
    this.name = new.target.name;
    this.value = value;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, brandName(this), value);
  }
}

function durationHint(value: unknown): string {
  if (typeof value !== "number") return 'Write "5m", "1h 30m", "3s 999ms" or { minutes: 5 }.';
  if (!Number.isFinite(value) || value < 0) return 'Write a length of time that is not negative, such as "5m".';
  return `A bare number has no unit: write "${value}s" for seconds or "${value}ms" for milliseconds.`;
}

/** A job class is not usable as it is written (R3). Names the class, the property and the mend. */
export class JobDefinitionError extends WheelwrightError {
  override readonly code = "JOB_DEFINITION";
  readonly jobClass: string;

  constructor(jobClass: string, problem: string, options?: ErrorOptions) {
    super(`Job class ${jobClass} cannot be used: ${problem}`, options);
    this.jobClass = jobClass;
  }
}

/** A job class has no `perform` (R3). */
export class NotImplementedError extends WheelwrightError {
  override readonly code = "NOT_IMPLEMENTED";
  readonly jobClass: string;

  constructor(jobClass: string) {
    super(`Job class ${jobClass} has no perform(data, context). Implement it: it is what a worker runs.`);
    this.jobClass = jobClass;
  }
}

/** A row, or a caller, names a job class that this process has not been given. */
export class UnknownJobError extends WheelwrightError {
  override readonly code = "UNKNOWN_JOB";
  readonly jobClass: string;

  /** `listedIn`: the call whose list of classes it is missing in. */
  constructor(jobClass: string, known: readonly string[], suggestion?: string, listedIn = "createJobs({ jobs })") {
    const near = suggestion === undefined ? "" : ` Did you mean "${suggestion}"?`;
    const problem =
      suggestion === jobClass
        ? `This job class "${jobClass}" is not registered, but another of the same name is: was it loaded twice (a hot reload, ESM beside CommonJS)?`
        : `No job class "${jobClass}" is registered.${near}`;
    super(`${problem} Registered: ${known.join(", ") || "none"}. Pass it in ${listedIn}.`);
    this.jobClass = jobClass;
  }
}

/** The data holds something that JSON would change or drop (R6). Nothing was stored. */
export class DataNotJsonError extends WheelwrightError {
  override readonly code = "DATA_NOT_JSON";
  /** Where in the data, as `$.user.born`. */
  readonly path: string;

  /** `what` is not JSON: the job's data, or what is carried beside it. */
  constructor(jobClass: string, path: string, problem: string, hint: string, what = "data") {
    super(`Cannot enqueue ${jobClass}: ${what} at ${path} is ${problem}, which JSON cannot keep. ${hint}`);
    this.path = path;
  }
}

/** The data's JSON text is longer than allowed (R6). Nothing was stored. */
export class DataTooLargeError extends WheelwrightError {
  override readonly code = "DATA_TOO_LARGE";
  /** How long it is; at least so long where it was too long to be counted to the end. */
  readonly bytes: number;
  readonly limit: number;

  constructor(jobClass: string, bytes: number, limit: number, options: { what?: string; atLeast?: boolean } = {}) {
    const { what = "data", atLeast = false } = options;
    super(
      `Cannot enqueue ${jobClass}: its ${what} is ${atLeast ? "at least " : ""}${bytes} bytes of JSON, ${limit} are allowed. Store the bulk elsewhere and enqueue a reference, or raise createJobs({ maxDataBytes }).`,
    );
    this.bytes = bytes;
    this.limit = limit;
  }
}

/** The data does not fit the job's schema (R19). At enqueue nothing was stored. */
export class DataInvalidError extends WheelwrightError {
  override readonly code = "DATA_INVALID";
  readonly jobClass: string;
  readonly issues: readonly { readonly path: string; readonly message: string }[];

  /** The message lists the first ten issues; `issues` has all. */
  constructor(jobClass: string, issues: readonly { readonly path: string; readonly message: string }[]) {
    const list = issues.slice(0, 10).map((issue) => `${issue.path}: ${issue.message}`);
    if (issues.length > 10) list.push(`and ${issues.length - 10} more`);
    super(`The data of ${jobClass} does not fit its schema: ${list.join("; ")}`);
    this.jobClass = jobClass;
    this.issues = issues;
  }
}

/** The store cannot take part in the transaction it was handed (R9). Nothing was stored. */
export class TransactionNotSupportedError extends WheelwrightError {
  override readonly code = "TRANSACTION_NOT_SUPPORTED";
}

/** A transaction that has ended was handed to an enqueue (R9). Nothing was stored. */
export class TransactionOverError extends WheelwrightError {
  override readonly code = "TRANSACTION_OVER";

  constructor(state: string) {
    super(
      `Cannot enqueue in a transaction that was ${state}. Await every enqueue inside the function that was given the transaction.`,
    );
  }
}

/** Two transactions wait for each other; this one was chosen to give way (R9). Nothing of this enqueue was stored. */
export class TransactionDeadlockError extends WheelwrightError {
  override readonly code = "TRANSACTION_DEADLOCK";

  constructor() {
    super(
      "Cannot enqueue: another open transaction has taken this id or unique key, and waits for this transaction in its turn. " +
        "Let this transaction roll back and run it again, or take keys in the same order everywhere.",
    );
  }
}

/** Inside of a transaction, something was asked without it that would wait for that transaction to end, for ever (R9). */
export class OwnTransactionError extends WheelwrightError {
  override readonly code = "OWN_TRANSACTION";

  /** `remedy`: what to do instead. */
  constructor(attempted: string, remedy: string) {
    super(
      `Cannot ${attempted}: the open transaction that this code runs in has taken the id or unique key, so this would wait for its own transaction to end. ${remedy}`,
    );
  }
}

/** A synchronous enqueue met an id or unique key that an open transaction has taken, and cannot wait (R8, R9). */
export class WouldWaitError extends WheelwrightError {
  override readonly code = "WOULD_WAIT";

  constructor() {
    super(
      "Cannot enqueue synchronously: an open transaction has taken this id or unique key, and may still roll back. " +
        "Use the asynchronous enqueue, which waits, or enqueue in that transaction.",
    );
  }
}

/** A failed job cannot be retried, because another live job holds its unique key (R8). */
export class UniqueKeyTakenError extends WheelwrightError {
  override readonly code = "UNIQUE_KEY_TAKEN";
  readonly uniqueKey: string;

  constructor(id: string, uniqueKey: string, holder: string) {
    super(
      `Cannot retry job ${id}: its unique key ${show(uniqueKey)} is held by job ${holder}. Wait for that job to end, or cancel it.`,
    );
    this.uniqueKey = uniqueKey;
  }
}

/** No job has this id. */
export class JobNotFoundError extends WheelwrightError {
  override readonly code = "JOB_NOT_FOUND";
  readonly id: string;

  constructor(attempted: string, id: string) {
    super(`Cannot ${attempted} job ${show(id)}: no job has this id. It may have been purged or cancelled.`);
    this.id = id;
  }
}

/** The job is not in a status that allows what was attempted (R28, R30). Nothing was changed. */
export class JobStatusError extends WheelwrightError {
  override readonly code = "JOB_STATUS";
  readonly id: string;
  readonly status: string;

  constructor(attempted: string, id: string, status: string, needed: string) {
    super(`Cannot ${attempted} job ${id}: it is ${status}, and only a ${needed} job can be.`);
    this.id = id;
    this.status = status;
  }
}

/** An enqueue found no `Jobs` to go to. */
export class NoJobsError extends WheelwrightError {
  override readonly code = "NO_JOBS";
}

/** An enqueue could have gone to more than one kit. */
export class AmbiguousJobsError extends WheelwrightError {
  override readonly code = "AMBIGUOUS_JOBS";
}

/** An attempt that is over (timed out, lease lost, shut down) tried to go on (R16). */
export class AttemptOverError extends WheelwrightError {
  override readonly code = "ATTEMPT_OVER";

  constructor(jobClass: string, id: string, attempt: number, attempted: string, cause: unknown) {
    super(
      `Attempt ${attempt} of ${jobClass} ${id} is over and may not ${attempted}. Stop when context.signal aborts, or wrap work that outlives the attempt in detached(fn).`,
      { cause },
    );
  }
}

/** The reason of `context.signal` when the attempt's timeout has passed, and the error it fails with (R16). */
export class JobTimeoutError extends WheelwrightError {
  override readonly code = "JOB_TIMEOUT";
  readonly seconds: number;

  constructor(seconds: number) {
    super(`timed out after ${seconds} seconds`);
    this.seconds = seconds;
  }
}

/** The reason of `context.signal` when another worker has taken the job over. */
export class LeaseLostError extends WheelwrightError {
  override readonly code = "LEASE_LOST";

  constructor(id: string) {
    super(`The lease of job ${id} was lost; whatever this attempt still does is not stored.`);
  }
}

/** The reason of `context.signal` when the worker's shutdown deadline has come. */
export class ShutdownError extends WheelwrightError {
  override readonly code = "SHUTDOWN";

  constructor() {
    super("The worker is shutting down and its deadline for running jobs has come.");
  }
}

/** The store could not do what it was asked: connection lost, closed, retries exhausted. The cause says why. */
export class StoreUnavailableError extends WheelwrightError {
  override readonly code = "STORE_UNAVAILABLE";
}

/** Shows a value in an error message: short, on one line, and without ever throwing. */
export function show(value: unknown): string {
  try {
    if (typeof value === "string") return JSON.stringify(cutText(value, MAX_SHOWN));
    if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
    return cutText(showOther(value), MAX_SHOWN);
  } catch {
    return "a value that cannot be shown";
  }
}

const MAX_SHOWN = 80;

function showOther(value: unknown): string {
  if (types.isDate(value)) {
    const time = Date.prototype.getTime.call(value);
    return Number.isNaN(time) ? "an invalid Date" : new Date(time).toISOString();
  }
  if (types.isNativeError(value)) return `${value.name}: ${value.message}`.replaceAll(/\s+/g, " ");
  const options = { depth: 1, maxArrayLength: 10, maxStringLength: MAX_SHOWN, customInspect: false };
  return inspect(value, { ...options, compact: true, breakLength: Number.POSITIVE_INFINITY }).replaceAll(
    /\s*\n\s*/g,
    " ",
  );
}

/** Makes `instanceof` with these error classes hold across copies of the package. For error classes of other rooms. */
export function brandErrors(...classes: readonly { readonly name: string; readonly prototype: object }[]): void {
  for (const errorClass of classes) brand(errorClass.prototype, brandName(errorClass));
}

function brandName(errorClass: { readonly name: string }): string {
  return errorClass === WheelwrightError ? "error" : `error/${errorClass.name}`;
}

brand(InvalidDurationError.prototype, "error"); // It extends TypeError, so it does not inherit this one.
brandErrors(
  WheelwrightError,
  InvalidOptionError,
  InvalidDurationError,
  JobDefinitionError,
  NotImplementedError,
  UnknownJobError,
  DataNotJsonError,
  DataTooLargeError,
  DataInvalidError,
  TransactionNotSupportedError,
  TransactionOverError,
  TransactionDeadlockError,
  OwnTransactionError,
  WouldWaitError,
  UniqueKeyTakenError,
  JobNotFoundError,
  JobStatusError,
  NoJobsError,
  AmbiguousJobsError,
  AttemptOverError,
  JobTimeoutError,
  LeaseLostError,
  ShutdownError,
  StoreUnavailableError,
);
