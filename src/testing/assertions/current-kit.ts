// The kit that an assertion or a drain means when it names none.

import { currentScope, FORGOTTEN, type OpenKit, shared, shownKits } from "../../job/ambient.ts";
import { AmbiguousJobsError } from "../../job/errors.ts";
import { KitUsageError } from "../errors.ts";
import type { TestKit } from "../kit.ts";
import { KIT, KIT_CORE, type KitCore } from "../kit-core.ts";

/** The inside of a kit, also of one that another copy of the package made; null for anything else. */
export function coreOf(kit: unknown): KitCore | null {
  if (kit === null || typeof kit !== "object") return null;
  return (Reflect.get(kit, KIT_CORE) as KitCore | undefined) ?? null; // `as`: only kits have the symbol
}

/** All kits that are open in this process. */
export function openKits(): readonly TestKit[] {
  return [...shared.kits].map(kitOf).filter((kit) => kit !== null);
}

/**
 * The kit of the async scope, else the installed one, else the only one that is open.
 * Throws: KitUsageError where there is none; AmbiguousJobsError, naming them, where there are several.
 */
export function currentKit(call: string): TestKit {
  const scoped = currentScope()?.kit;
  if (scoped) {
    const kit = openKits().find((open) => coreOf(open)?.engine.kit === scoped);
    if (kit !== undefined) return kit;
    throw new KitUsageError(`${call} runs in the scope of a kit that is disposed. Await it before the test ends.`);
  }
  const installed = shared.installed === null ? null : kitOf(shared.installed);
  if (installed !== null) return installed;
  const kits = openKits();
  const [only] = kits;
  if (only === undefined) {
    throw new KitUsageError(
      `${call} names no kit, and none is open. Make one with createTestKit({ jobs: [SomeJob] }), and dispose it after the last assertion.`,
    );
  }
  if (kits.length === 1) return only;
  throw new AmbiguousJobsError(
    `${call} names no kit, ${kits.length} are open (${shownKits(shared.kits)}), and this code runs in the scope of none. ${FORGOTTEN} If not, name one as the first argument, or wrap the call in kit.run(() => …).`,
  );
}

function kitOf(open: OpenKit): TestKit | null {
  return (Reflect.get(open, KIT) as TestKit | undefined) ?? null; // `as`: put there by the kit
}
