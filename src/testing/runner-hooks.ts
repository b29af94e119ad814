// What is done at the end of each test, where the runner's hooks are known: they are global (jest and mocha always,
// vitest with `globals`), or the runner's door of this package hands them in.

interface Disposable {
  dispose(): Promise<void>;
}

type Hook = (fn: () => Promise<void>) => unknown;

export interface RunnerHooks {
  readonly beforeEach: Hook;
  readonly afterEach: Hook;
}

/** Asked when a test ends: what it did wrong, or null. */
type Question = () => Promise<Error | null>;

/** Tests that are running now. With more than one nobody can tell whose a kit is, so it is left to its maker. */
let running = 0;
let isHooked = false;
let disposesKits = false;
const owned = new Set<Disposable>();
const questions = new Set<Question>();

const { beforeEach, afterEach } = globalThis as Partial<RunnerHooks>; // `as`: runners put them there
if (typeof beforeEach === "function" && typeof afterEach === "function") {
  hookInto({ beforeEach, afterEach });
  disposesKits = isHooked;
}

/**
 * To be told by the door of a runner, for tests that import their hooks. The first hooks are kept. Kits are disposed by
 * global hooks only: who imports all things disposes them himself.
 */
export function hookInto(hooks: RunnerHooks): void {
  if (isHooked) return;
  try {
    hooks.beforeEach(async () => {
      running++;
    });
    hooks.afterEach(async () => {
      if (running > 0) running--;
      if (running === 0) await endTest();
    });
    isHooked = true;
  } catch {
    // Loaded where hooks cannot be set (inside a test): all is left to the test.
  }
}

/** Hands a kit that a single running test has made over to that test's end. Returns: what takes that back. */
export function ownOnDispose(kit: Disposable): () => void {
  if (disposesKits && running === 1) owned.add(kit);
  return () => void owned.delete(kit);
}

/**
 * Asks when the test that runs now is over; where several run at once, when all of them are. An error fails the test.
 * Returns: whether anybody is going to ask.
 */
export function askAtTestEnd(question: Question): boolean {
  if (running > 0) questions.add(question);
  return running > 0;
}

/** Throws the first error of all that ends with the test. */
async function endTest(): Promise<void> {
  // All are asked before a kit is disposed under what they ask about; their answers may take the end of it.
  const answers = [...questions].map((question) => question());
  questions.clear();
  const errors: unknown[] = [];
  for (const kit of [...owned]) await kit.dispose().catch((error: unknown) => errors.push(error));
  owned.clear();
  const [found] = (await Promise.all(answers)).filter((error) => error !== null);
  if (found !== undefined) throw found;
  if (errors.length > 0) throw errors[0];
}
