// The inside of a kit, shared by its verbs and its assertions.

import type { Engine } from "../engine/engine.ts";
import type { ScheduleRound } from "../engine/schedule-round.ts";
import type { EnqueueWatch } from "./enqueue-watch.ts";
import type { ExpectedFailures } from "./expected-failures.ts";
import type { Faults } from "./faults/faults.ts";
import type { Handlers } from "./handlers.ts";
import type { Journal } from "./journal.ts";
import type { KitClock } from "./kit-clock.ts";
import type { KitHost } from "./kit-host.ts";
import type { Uncommitted } from "./uncommitted.ts";
import type { Called } from "./watched-calls.ts";
import type { WatchedPromise } from "./watched-promise.ts";

/** Where a kit keeps its inside, for the assertions of this or another copy of the package. */
export const KIT_CORE: symbol = Symbol.for("wheelwright/kit-core");

/** Where an open kit's entry in the process's list keeps the kit, for this or another copy of the package. */
export const KIT: symbol = Symbol.for("wheelwright/kit");

export interface KitCore {
  readonly label: string;
  /** The proof whose kit it is; null where it is a test's own. */
  readonly host: KitHost | null;
  readonly engine: Engine;
  readonly clock: KitClock;
  readonly journal: Journal;
  readonly handlers: Handlers;
  readonly enqueues: EnqueueWatch;
  readonly expectedFailures: ExpectedFailures;
  readonly uncommitted: Uncommitted;
  /** What the test makes go wrong; null until it first asks for something. */
  faults: Faults | null;
  /** Real time without any change after which a busy handler is named. */
  readonly stuckAfterMs: number;
  /** Set by a fixture whose runner says that the test has failed, before it disposes the kit. */
  testHasFailed: boolean;
  /** The kit's scheduler, made when first asked for. Throws: InvalidScheduleError where there is nothing to fire. */
  scheduler(): ScheduleRound;
  /** False from the moment it is being disposed. */
  readonly isOpen: boolean;
  /** Throws: KitUsageError once the kit is disposed (R44). */
  requireOpen(attempted: string): void;
  /** Lets real time in, unless a handler runs or a drain plays: to them time is the kit's alone to move (R39). */
  follow(): void;
  /**
   * What drains and assertions do first: lets real time in, waits for every enqueue begun, and fails on one that was
   * refused with nobody catching it (R39, R43).
   */
  catchUp(attempted: string): Promise<void>;
  /** Remembers an assertion or a verb, so that one nobody awaited is told at dispose (R48). */
  watchCall<T>(called: Called, run: () => Promise<T>): WatchedPromise<T>;
  /** A promise for the test to await. Cut short by dispose, with nobody waiting, it is nothing for the runtime to report. */
  handOut<T>(promise: Promise<T>): WatchedPromise<T>;
  /** Calls `end` at dispose. Returns: what takes that back. */
  atDispose(end: (error: Error) => void): () => void;
}
