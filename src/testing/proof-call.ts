// A proof that nobody awaits proves nothing: its test is over, and green, before it can fail (R48).

import type { Callee } from "../job/caller.ts";
import { failureMessage } from "../job/failure-message.ts";
import { siteOf } from "./assertions/assertion-error.ts";
import { KitUsageError } from "./errors.ts";
import { atMost } from "./real-time.ts";
import { askAtTestEnd } from "./runner-hooks.ts";
import { type WatchedCall, watchedCall } from "./watched-calls.ts";

/** Real time that a proof under way is given to come to its end, lest it plays on beside the next test. */
const GRACE_MS = 2000;

/**
 * Makes a call of a proof. Where the runner's hooks are known, a test that ends before it, or that does not await it,
 * fails. Elsewhere a rejection that nobody awaits is left to the runtime to report. An error of ours points to the caller
 * of `callee`.
 */
export function callProof<T>(name: string, callee: Callee, work: () => Promise<T>): Promise<T> {
  const called = { text: `${name}(…)`, kind: "verb", site: siteOf(callee) } as const;
  const call = watchedCall(called, work, () => isAsked);
  const isAsked = askAtTestEnd(async () => (call.hasEnded && call.promise.seen ? null : await forgotten(call)));
  return call.promise;
}

async function forgotten(call: WatchedCall): Promise<KitUsageError> {
  const { text, promise, site } = call;
  // What it rejects with after this comes of its kit's end, most likely.
  const failure = call.failure;
  if (!call.hasEnded) await atMost(GRACE_MS, call.settled);
  const problem = promise.seen
    ? `${text} was still under way when its test ended. Await it in the test, and give the test the time that it takes.`
    : `${text} was never awaited, so its test ended without an answer. Write: await ${text}`;
  const place = site.where === null ? "" : `\n    Called at ${site.where}`;
  const outcome = failure === null ? "" : `\n    It failed: ${failureMessage(failure.error)}`;
  const error = new KitUsageError(`${problem}${place}${outcome}`, failure === null ? {} : { cause: failure.error });
  site.point(error);
  return error;
}
