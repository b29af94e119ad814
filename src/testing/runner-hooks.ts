// Disposes kits at the end of their test, where the runner has global hooks (jest always, vitest with `globals`).

interface Disposable {
  dispose(): Promise<void>;
}

type Hook = (fn: () => unknown) => void;

/** Tests that are running now. With more than one nobody can tell whose a kit is, so it is left to its maker. */
let running = 0;
let owned: Disposable[] = [];
const hooks = globalThis as { beforeEach?: Hook; afterEach?: Hook }; // `as`: runners put them there
if (typeof hooks.beforeEach === "function" && typeof hooks.afterEach === "function") {
  try {
    hooks.beforeEach(() => {
      running++;
    });
    hooks.afterEach(async () => {
      running--;
      if (running > 0) return;
      const kits = owned;
      owned = [];
      for (const kit of kits) await kit.dispose();
    });
  } catch {
    // Loaded where hooks cannot be set (inside a test): kits are left to their makers.
  }
}

/** Hands a kit that a single running test has made over to that test's end. */
export function ownOnDispose(kit: Disposable): void {
  if (running === 1) owned.push(kit);
}
