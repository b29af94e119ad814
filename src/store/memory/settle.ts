// Writing what came of a claim, and recognising a settle that was written already (R24).

import type { Outcome } from "../../job/outcome.ts";
import type { ClaimKey, Settlement } from "../job-store.ts";
import type { JobTable } from "./job-table.ts";
import { type Row, runAtOf } from "./row.ts";

export function settle(
  table: JobTable,
  claim: ClaimKey,
  outcome: Outcome,
  at: { readonly now: Date; readonly expired?: boolean },
): "settled" | "lost" {
  const lease = table.held(claim);
  if (lease === undefined) return wasWritten(table.find(claim.id), claim, outcome) ? "settled" : "lost";
  // A rescue must not take a lease that was extended since it was read (R25).
  if (at.expired === true && lease.until !== claim.lockedUntil?.getTime()) return "lost";
  write(table, lease.row, outcome, at.now.getTime());
  return "settled";
}

/** One after the other; an instant that is none is refused before anything is written. */
export function settleMany(
  table: JobTable,
  settlements: readonly Settlement[],
  at: { readonly now: Date; readonly expired?: boolean },
): readonly ("settled" | "lost")[] {
  for (const { outcome } of settlements) if (outcome.type === "retry") runAtOf(outcome);
  return settlements.map(({ claim, outcome, at: when = at.now }) =>
    settle(table, claim, outcome, { ...at, now: when }),
  );
}

function write(table: JobTable, row: Row, outcome: Outcome, now: number): void {
  switch (outcome.type) {
    case "completed":
      table.end(row, "completed", now);
      break;
    case "failed":
      row.lastError = outcome.error;
      table.end(row, "failed", now);
      break;
    case "retry":
      table.retry(row, runAtOf(outcome), outcome.error, now);
      break;
    case "released":
      table.release(row, now);
  }
}

/** Whether this very outcome of this very claim is what the row shows. */
function wasWritten(row: Row | undefined, claim: ClaimKey, outcome: Outcome): boolean {
  if (row === undefined || row.seq !== claim.seq || row.token !== claim.token) return false;
  switch (outcome.type) {
    case "completed":
      return row.status === "completed";
    case "failed":
      return row.status === "failed" && row.lastError === outcome.error;
    case "retry":
      return isRetried(row) && row.runAt === outcome.runAt.getTime() && row.lastError === outcome.error;
    case "released":
      return row.startedAt === null; // A claim that was settled in another way has left one.
  }
}

/** Pending after an attempt that began: a released claim leaves no startedAt. */
function isRetried(row: Row): boolean {
  return row.status === "pending" && row.startedAt !== null;
}
