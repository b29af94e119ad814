// The end of a kit: what the test did not look at is told, and everything is given back, whatever went wrong before.

import { hasBrand } from "../job/brand.ts";
import { failureMessage } from "../job/failure-message.ts";
import type { JobStore } from "../store/job-store.ts";
import { currentTest } from "./current-test.ts";
import { KitDisposeError, KitUsageError } from "./errors.ts";
import type { KitCore } from "./kit-core.ts";
import { atMost } from "./real-time.ts";
import type { Turns } from "./turns.ts";
import type { WatchedCall, WatchedCalls } from "./watched-calls.ts";

export interface Belongings {
  readonly turns: Turns;
  readonly calls: WatchedCalls;
  readonly leftovers: "list" | "fail" | "ignore";
  /** Whether the test has failed already, as far as the kit can know. */
  readonly hasFailed: () => boolean;
  /** Who asked to be told of the end. */
  readonly endings: Iterable<(error: Error) => void>;
  /** Gives back what was taken: Date, the app's place, the store. None of them throws. */
  readonly giveBack: () => void | Promise<void>;
}

interface Findings {
  readonly problems: string[];
  readonly causes: unknown[];
  /** What follows from the failure that the test has been told of already, most likely. */
  readonly consequences: string[];
}

/**
 * Ends a kit that is closed to new work already. Busy handlers and enqueues under way are waited for, as long as they
 * do not hang; a drain stops before its next job.
 *
 * A test that has failed is not failed again for what it did not come to: a job unrun, a failure that never came. That
 * is told on stderr. Only what explains the failure is thrown. Throws: KitDisposeError.
 */
export async function disposeKit(core: KitCore, own: Belongings): Promise<void> {
  const findings: Findings = { problems: [], causes: [], consequences: [] };
  const stopped = own.calls.unseen().filter(({ kind, hasEnded }) => kind === "verb" && !hasEnded);
  const { playing } = own.turns;
  if (playing !== null && !stopped.some(({ text }) => text === `kit.${playing}()`))
    say(core, `kit.${playing}() was under way when the kit was disposed, and was stopped.`);
  try {
    await comeToRest(core, findings);
    await lookBack(core, own, findings, stopped);
  } finally {
    const over = new KitUsageError(
      `${core.label} was disposed while this was under way. Await it before the test ends.`,
    );
    core.handlers.end(over);
    core.enqueues.end(over);
    for (const end of own.endings) end(over);
    // A drain that was stopped may be in the middle of a call to its store, which must not be taken from under it.
    if (own.turns.playing !== null) await atMost(core.stuckAfterMs, own.turns.over());
    await own.giveBack();
  }
  const { problems, causes, consequences } = findings;
  if (own.hasFailed()) for (const text of consequences) say(core, text);
  else problems.push(...consequences);
  if (problems.length > 0) throw new KitDisposeError(problems, causes);
}

async function comeToRest({ handlers, enqueues }: KitCore, { problems, causes }: Findings): Promise<void> {
  for (const rest of [handlers.rest(true), enqueues.settled(true)]) {
    try {
      await rest;
    } catch (error) {
      problems.push(failureMessage(error));
      causes.push(error);
    }
  }
}

async function lookBack(
  core: KitCore,
  own: Belongings,
  { problems, causes, consequences }: Findings,
  stopped: readonly WatchedCall[],
): Promise<void> {
  // Asked before anything else, for what is looked up here may be a call that a fault waits for.
  consequences.push(...(core.faults?.neverStruck() ?? []));
  if (core.uncommitted.hasUnseen) await core.uncommitted.look(core.engine.store);
  for (const { error, message } of await core.enqueues.takeUnseen()) {
    problems.push(`An enqueue was refused and nobody caught it: ${message}`);
    causes.push(error);
  }
  for (const call of own.calls.unseen()) {
    const failure = stopped.includes(call) ? null : call.failure;
    (failure === null ? consequences : problems).push(unawaited(call, failure, stopped.includes(call)));
    if (failure !== null) causes.push(failure.error);
  }
  for (const unmet of core.expectedFailures.unmet())
    consequences.push(`kit.expectFailure(${unmet}) was never met: no such job failed.`);
  if (own.leftovers === "ignore") return;
  const leftover = await leftovers(core.engine.store);
  if (leftover === null) return;
  if (own.leftovers === "fail") consequences.push(leftover);
  else say(core, leftover);
}

function unawaited(
  { text, kind, site }: WatchedCall,
  failure: { readonly error: unknown } | null,
  wasStopped: boolean,
): string {
  const reason = wasStopped
    ? "and was stopped when the kit was disposed"
    : "so the test did not wait for what it ran, nor for its failure";
  const missed = kind === "assertion" ? "so it checked nothing in time" : reason;
  const { where } = site;
  const place = where === null ? "" : `\n    Called at ${where}`;
  const outcome = failure === null ? "" : `\n    It failed: ${failureMessage(failure.error)}`;
  return `${text} was never awaited, ${missed}. Write: await ${text}${place}${outcome}`;
}

/** The jobs left unrun, in words. A store that the code under test has closed tells nothing. */
async function leftovers(store: JobStore): Promise<string | null> {
  const counts = new Map<string, number>();
  try {
    for (const { jobClass } of await store.list({ status: "pending", limit: 1000 }))
      counts.set(jobClass, (counts.get(jobClass) ?? 0) + 1);
  } catch (error) {
    if (hasBrand(error, "error/StoreUnavailableError")) return null;
    throw error;
  }
  if (counts.size === 0) return null;
  const list = [...counts].map(([jobClass, count]) => (count === 1 ? jobClass : `${jobClass} × ${count}`)).join(", ");
  const count = [...counts.values()].reduce((sum, one) => sum + one);
  return `${count} ${count === 1 ? "job was" : "jobs were"} left unrun: ${list}`;
}

function say({ label }: KitCore, text: string): void {
  const test = currentTest();
  process.stderr.write(`wheelwright: ${label}${test === null ? "" : ` of "${test}"`}: ${text}\n`);
}
