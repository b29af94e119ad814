// Settles a batch on any store: at once where it can, else one claim after the other.

import type { JobStore, Settlement } from "./job-store.ts";

/** Returns: an answer per settlement, in the order given. */
export async function settleAll(
  store: JobStore,
  settlements: readonly Settlement[],
  at: { readonly now: Date; readonly expired?: boolean },
): Promise<readonly ("settled" | "lost")[]> {
  if (store.settleMany !== undefined) return store.settleMany(settlements, at);
  const answers: ("settled" | "lost")[] = [];
  for (const { claim, outcome } of settlements) answers.push(await store.settle(claim, outcome, at));
  return answers;
}
