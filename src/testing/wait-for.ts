// Waits, in real time, until something has been enqueued: for servers and listeners that a test cannot await.

import { formatDuration } from "../job/duration.ts";
import { KitUsageError } from "./errors.ts";
import type { Journal } from "./journal.ts";
import { every } from "./real-time.ts";

/**
 * Resolves with what `look` finds, asked at once and after every enqueue.
 * Rejects with KitUsageError when nothing was found within `withinMs` of real time.
 */
export async function waitFor<T>(
  journal: Journal,
  what: string,
  withinMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const found = await look();
  if (found !== undefined) return found;
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      stopListening();
      stopTimer();
    };
    const stopListening = journal.onEvent((type) => {
      if (type !== "enqueued" && type !== "deduplicated") return;
      look().then((later) => {
        if (later === undefined) return;
        end();
        resolve(later);
      }, reject);
    });
    const stopTimer = every(withinMs, () => {
      end();
      reject(
        new KitUsageError(
          `kit.waitFor(${what}): nothing like it was enqueued within ${formatDuration(withinMs)} of real time.`,
        ),
      );
    });
  });
}
