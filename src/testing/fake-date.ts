// The one global a kit may touch, and only when asked: Date (R39).

import { KitUsageError } from "./errors.ts";
import type { KitClock } from "./kit-clock.ts";

/** As @sinonjs/fake-timers, and so vitest and sinon, mark the Date they put in place. */
interface FakedDate extends DateConstructor {
  readonly clock?: { setSystemTime?(now: number): void };
}

let takenBy: string | null = null;

/**
 * Keeps the global Date, and nothing else, equal to the kit's clock. A Date that vitest or sinon has faked is moved
 * through them instead. One kit per process at a time.
 * Returns: what gives Date back. Throws: KitUsageError when another kit has it.
 */
export function fakeDate(clock: KitClock, label: string): () => void {
  if (takenBy !== null)
    throw new KitUsageError(
      `${label} cannot fake Date: ${takenBy} does already. Dispose it first, or leave fakeDate out.`,
    );
  takenBy = label;
  const faked = (globalThis.Date as FakedDate).clock; // `as`: asked for what fakers add
  const undo = faked?.setSystemTime ? moveFaked(clock, faked as Required<typeof faked>) : replaceDate(clock); // `as`: just checked
  return () => {
    takenBy = null;
    clock.onMove = null;
    undo();
  };
}

function moveFaked(clock: KitClock, faked: { setSystemTime(now: number): void }): () => void {
  const move = (): void => faked.setSystemTime(clock.now().getTime());
  clock.onMove = move;
  move();
  return () => undefined;
}

function replaceDate(clock: KitClock): () => void {
  const Real = globalThis.Date;
  const now = (): number => clock.now().getTime();
  const Faked: DateConstructor = new Proxy(Real, {
    construct: (target, args: unknown[], newTarget): object =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === Faked ? target : newTarget),
    apply: () => new Real(now()).toString(),
    get: (target, key, receiver) =>
      key === "now" ? now : Reflect.get(target, key, receiver === Faked ? target : receiver),
  });
  globalThis.Date = Faked;
  return () => {
    if (globalThis.Date === Faked) globalThis.Date = Real;
  };
}
