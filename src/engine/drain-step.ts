// Tells of a call that runs what is due, from its begin to its end.

import { channels, type DrainStep, isWatched, Trace } from "./channels.ts";

/** `ranOf` counts the attempts, of what the call gives. */
export function asDrain<T>(
  verb: DrainStep["verb"],
  queues: readonly string[] | undefined,
  work: () => Promise<T>,
  ranOf: (given: T) => number,
): Promise<T> {
  if (!isWatched(channels.drain)) return work();
  const trace = new Trace<{ ran: number }, DrainStep>(channels.drain, { verb, queues });
  // Whatever a tracer binds to the drain is not for the attempts in it, which begin clean (R17): it holds for no work.
  trace.begin(() => undefined);
  return work().then(
    (given) => {
      trace.succeed({ ran: ranOf(given) });
      return given;
    },
    (error: unknown) => {
      trace.fail(error);
      throw error;
    },
  );
}
