// Waits, in real time, until something has been enqueued: for servers and listeners that a test cannot await.

import { type Duration, durationMs, formatDuration } from "../job/duration.ts";
import { KitUsageError } from "./errors.ts";
import type { KitCore } from "./kit-core.ts";
import { every } from "./real-time.ts";

/** A database's own commit makes no event, so it is looked for as well. */
const LOOK_EVERY_MS = 20;

/**
 * Resolves with what `look` finds, asked at once, after every enqueue and every few milliseconds.
 * Rejects with KitUsageError when nothing was found within that much real time, or when the kit is disposed.
 */
export async function waitFor<T>(
  core: KitCore,
  what: string,
  within: Duration,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const withinMs = durationMs(within, "waitFor's within");
  let end = (): void => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const lookAgain = (): void => void look().then((later) => later !== undefined && resolve(later), reject);
      const ends = [
        core.journal.onEvent((type) => {
          if (type === "enqueued" || type === "deduplicated") lookAgain();
        }),
        core.atDispose(reject),
        every(Math.min(LOOK_EVERY_MS, withinMs), lookAgain),
        every(withinMs, () => reject(tooLate(what, withinMs))),
      ];
      lookAgain(); // In here, for the kit may be disposed meanwhile, and its store closed.
      end = () => {
        for (const stop of ends) stop();
      };
    });
  } finally {
    end();
  }
}

function tooLate(what: string, withinMs: number): KitUsageError {
  return new KitUsageError(
    `kit.waitFor(${what}): nothing like it was enqueued within ${formatDuration(withinMs)} of real time.`,
  );
}
