// Real sinon spies that one kit's engine calls: no prototype is touched, so other kits and tests see nothing of them.

import sinon from "sinon";
import type { JobContext } from "../job/context.ts";
import type { AnyJobClass, DataOf, EnqueueOptions } from "../job/job.ts";
import type { TestKit } from "../testing/kit.ts";

/** The spies on one job class in one kit. */
export interface JobSpies<Data> {
  /**
   * Called for each attempt with the job's data and context, `this` being the instance; it knows what the handler
   * returned or threw.
   */
  readonly perform: sinon.SinonSpy<[data: Data, context: JobContext], unknown>;
  /** Called for each enqueue, accepted or not, with the data and options that were given. */
  readonly enqueue: sinon.SinonSpy<[data: Data, options: EnqueueOptions | undefined], void>;
  /** Ends the spying; the sandbox's `restore` and the kit's end do so too. */
  restore(): void;
}

export interface SpyOptions {
  /** What `restore` and `resetHistory` reach the spies by: sinon's default sandbox, unless given. */
  readonly sandbox?: sinon.SinonSandbox | undefined;
}

/**
 * Spies on a class's `perform` and `enqueue` in one kit.
 *
 * ```ts
 * const { perform } = spy(kit, SendEmailJob);
 * await kit.drain();
 * sinon.assert.calledOnceWithMatch(perform, { to: "ada@example.org" });
 * ```
 * The job's own perform, or its stub, runs as ever. `perform.exceptions[n]` holds what a handler threw at once;
 * an asynchronous one throws into the promise that it returned, `perform.returnValues[n]`.
 * Throws: UnknownJobError for a class that the kit does not know.
 */
export function spy<C extends AnyJobClass>(
  kit: TestKit,
  jobClass: C,
  { sandbox = sinon }: SpyOptions = {},
): JobSpies<DataOf<C>> {
  let proceeding: () => unknown = () => undefined;
  // The spy wraps what runs: it is called with the job's arguments, and sees what comes of them.
  const perform = sandbox.spy((_data: DataOf<C>, _context: JobContext): unknown => proceeding());
  const enqueue = sandbox.spy((_data: DataOf<C>, _options: EnqueueOptions | undefined): void => undefined);
  const end = kit.watch(jobClass, {
    perform(proceed, data, context, instance) {
      if (!state.isOn) return proceed();
      proceeding = proceed;
      return perform.call(instance, data as DataOf<C>, context); // `as`: jobs of this class have its data
    },
    enqueue(data, options) {
      if (state.isOn) enqueue(data as DataOf<C>, options); // `as`: likewise
    },
  });
  // A sandbox puts back what it replaced: that is how it ends spies that stand in for nothing.
  const state = { isOn: false };
  sandbox.replace(state, "isOn", true);
  return { perform, enqueue, restore: end };
}
