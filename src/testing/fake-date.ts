// The one global a kit may touch, and only when asked: Date (R39).

import { KitUsageError } from "./errors.ts";
import type { KitClock } from "./kit-clock.ts";

/** As @sinonjs/fake-timers, and so vitest, jest and sinon, mark the Date they put in place. */
interface FakedDate extends DateConstructor {
  readonly clock?: { setSystemTime?(now: number): void };
}

/** Which kit has Date: kept by the process, since another copy of the package may want it too. */
const TAKEN_BY: unique symbol = Symbol.for("wheelwright/fake-date") as never; // `as`: Symbol.for gives no unique symbol
const host = globalThis as { [TAKEN_BY]?: string | undefined };

/**
 * Keeps the global Date, and nothing else, equal to the kit's clock. A Date that vitest, jest or sinon has faked, now
 * or later, is moved through them instead. One kit per process at a time.
 * Returns: what gives Date back. Throws: KitUsageError when another kit has it.
 */
export function fakeDate(clock: KitClock, label: string): () => void {
  const holder = host[TAKEN_BY];
  if (holder !== undefined)
    throw new KitUsageError(
      `${label} cannot fake Date: ${holder} does already. Dispose it first, or leave fakeDate out.`,
    );
  host[TAKEN_BY] = label;
  const now = (): number => clock.now().getTime();
  let own: OwnDate | null = null;
  // Looked at each time: a test may fake its timers, or stop faking them, half way.
  const keep = (): void => {
    const current = globalThis.Date as FakedDate; // `as`: asked for what fakers add
    if (typeof current.clock?.setSystemTime === "function") current.clock.setSystemTime(now());
    else if (current !== own?.Date) own = putInPlaceOf(current, now);
  };
  clock.onMove = keep;
  keep();
  return () => {
    host[TAKEN_BY] = undefined;
    clock.onMove = null;
    own?.giveBack();
  };
}

interface OwnDate {
  readonly Date: DateConstructor;
  giveBack(): void;
}

function putInPlaceOf(Real: DateConstructor, now: () => number): OwnDate {
  let isGiven = false; // A faker may have kept ours, and put it back when we are gone: it then tells the real time.
  const time = (): number => (isGiven ? Real.now() : now());
  const Faked: DateConstructor = new Proxy(Real, {
    construct: (target, args: unknown[], newTarget): object =>
      Reflect.construct(target, args.length === 0 ? [time()] : args, newTarget === Faked ? target : newTarget),
    apply: () => new Real(time()).toString(),
    get: (target, key, receiver) =>
      key === "now" ? time : Reflect.get(target, key, receiver === Faked ? target : receiver),
  });
  globalThis.Date = Faked;
  return {
    Date: Faked,
    giveBack() {
      isGiven = true;
      if (globalThis.Date === Faked) globalThis.Date = Real;
    },
  };
}
