// Disposes kits at the end of their test, where the runner has global hooks (jest and mocha always, vitest with `globals`).

interface Disposable {
  dispose(): Promise<void>;
}

type Hook = (fn: () => unknown) => void;

/** Tests that are running now. With more than one nobody can tell whose a kit is, so it is left to its maker. */
let running = 0;
const owned = new Set<Disposable>();
const hooks = globalThis as { beforeEach?: Hook; afterEach?: Hook }; // `as`: runners put them there
if (typeof hooks.beforeEach === "function" && typeof hooks.afterEach === "function") {
  try {
    hooks.beforeEach(() => {
      running++;
    });
    hooks.afterEach(async () => {
      running--;
      if (running === 0) await disposeAll();
    });
  } catch {
    // Loaded where hooks cannot be set (inside a test): kits are left to their makers.
  }
}

/** Hands a kit that a single running test has made over to that test's end. Returns: what takes that back. */
export function ownOnDispose(kit: Disposable): () => void {
  if (running === 1) owned.add(kit);
  return () => void owned.delete(kit);
}

/** All of them, and the first one's error. */
async function disposeAll(): Promise<void> {
  const errors: unknown[] = [];
  for (const kit of [...owned]) await kit.dispose().catch((error: unknown) => errors.push(error));
  owned.clear();
  if (errors.length > 0) throw errors[0];
}
