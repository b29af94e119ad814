// The name of the test that runs, for lines on stderr, which else say nothing of where they come from.

let ask: (() => string | undefined) | null = null;

/** To be told by the door of a runner: how to ask it. No runner is imported here. */
export function nameTestsBy(name: () => string | undefined): void {
  ask = name;
}

/** The test that runs now, where a runner's door is loaded that can tell. Never throws. */
export function currentTest(): string | null {
  try {
    return ask?.() || null;
  } catch {
    return null; // No test runs, or several do.
  }
}
