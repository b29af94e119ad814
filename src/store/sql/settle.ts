// Writing what came of a claim, if it still holds the job, and recognising what was written already (R24, R25).

import type { Outcome } from "../../job/outcome.ts";
import type { JobProgress } from "../../job/record.ts";
import type { ClaimKey } from "../job-store.ts";
import { instantOf, kept, type Plan } from "./plan.ts";
import { ask, type SqlRow, type SqlValue, type Work } from "./step.ts";
import { lockTokenOf } from "./table.ts";

/**
 * A row that is held, found by its number. Asked for as it stands, PostgreSQL may take the index of leases instead, which
 * is small and yet full of rows that have left it.
 */
export const IS_HELD: string = "COALESCE(status, '') = 'processing'";

/** Whose row it is: the same job, claimed with this token by this worker, and not settled since. */
function guard(claim: ClaimKey, lockToken: number): { readonly where: string; readonly params: SqlValue[] } {
  const holder = claim.lockedBy === null ? "lockedBy IS NULL" : "lockedBy = ?";
  const params: SqlValue[] = [claim.seq, claim.id, lockToken];
  if (claim.lockedBy !== null) params.push(claim.lockedBy);
  return { where: `WHERE seq = ? AND id = ? AND ${IS_HELD} AND lockToken = ? AND ${holder}`, params };
}

const FREE = "lockedBy = NULL, lockedUntil = NULL";
const NOTHING_MORE = { where: "", params: [] };

export function* settle(
  plan: Plan,
  claim: ClaimKey,
  outcome: Outcome,
  at: { readonly now: Date; readonly expired?: boolean },
): Work<"settled" | "lost"> {
  const lockToken = lockTokenOf(claim.token, claim.seq);
  if (lockToken === null) return "lost";
  const { where, params } = guard(claim, lockToken);
  const written = writes(plan, outcome, at.now);
  const unmoved = at.expired === true ? leaseAsRead(plan, claim) : NOTHING_MORE;
  const sql = kept(
    plan,
    `settle ${outcome.type} ${claim.lockedBy === null ? "nobody's" : ""} ${unmoved.where}`,
    () => `UPDATE ${plan.table} SET ${setOf(written)} ${where}${unmoved.where}`,
  );
  const { changes } = yield* ask(sql, [...written.columns.map(([, value]) => value), ...params, ...unmoved.params]);
  if (changes > 0) return "settled";
  return (yield* wasWritten(plan, claim, lockToken, outcome)) ? "settled" : "lost";
}

function setOf({ fixed, columns }: Written): string {
  return `${fixed}, ${columns.map(([column]) => `${column} = ?`).join(", ")}`;
}

/** A rescue must not take a lease that was extended since it was read. */
function leaseAsRead(plan: Plan, claim: ClaimKey): { readonly where: string; readonly params: SqlValue[] } {
  // A worker of the origin's keeps no lease: its row counts by updatedAt, and has a null here still.
  if (claim.lockedBy === null) return { where: " AND lockedUntil IS NULL", params: [] };
  if (claim.lockedUntil === null) return { where: " AND lockedUntil IS NULL", params: [] };
  return { where: " AND lockedUntil = ?", params: [instantOf(plan, claim.lockedUntil)] };
}

/** What an outcome writes: text that is the same for all of its type, and the columns that are not, with their values. */
export interface Written {
  readonly fixed: string;
  readonly columns: readonly (readonly [column: string, value: SqlValue])[];
}

/** The lines of docs/semantics.md, "What each step writes". */
export function writes(plan: Plan, outcome: Outcome, now: Date): Written {
  const at = instantOf(plan, now);
  switch (outcome.type) {
    case "completed":
      return {
        fixed: `status = 'completed', liveKey = NULL, ${FREE}`,
        columns: [
          ["completedAt", at],
          ["updatedAt", at],
        ],
      };
    case "failed":
      return {
        fixed: `status = 'failed', liveKey = NULL, ${FREE}`,
        columns: [
          ["failedAt", at],
          ["lastError", outcome.error],
          ["updatedAt", at],
        ],
      };
    case "retry":
      return {
        fixed: `status = 'pending', ${FREE}`,
        columns: [
          ["runAt", instantOf(plan, outcome.runAt)],
          ["lastError", outcome.error],
          ["updatedAt", at],
        ],
      };
    case "released":
      return {
        fixed: `status = 'pending', attempts = attempts - 1, startedAt = NULL, progress = NULL, ${FREE}`,
        columns: [["updatedAt", at]],
      };
  }
}

/** What `shows` asks of a row. */
export function shownBy({ dialect }: Plan): string {
  return `status AS status, lastError AS lasterror, startedAt AS startedat, ${dialect.readInstant("runAt")} AS runat`;
}

function* wasWritten(plan: Plan, claim: ClaimKey, lockToken: number, outcome: Outcome): Work<boolean> {
  if (lockToken === 0) return false; // No claim of ours, so nothing in the row proves that this one wrote it.
  const sql = `SELECT ${shownBy(plan)} FROM ${plan.table} WHERE seq = ? AND id = ? AND lockToken = ?`;
  const [row] = (yield* ask(sql, [claim.seq, claim.id, lockToken])).rows;
  return row !== undefined && shows(row, outcome);
}

/** Whether this very outcome is what the row shows, its token being that of the claim. */
export function shows(row: SqlRow, outcome: Outcome): boolean {
  const sameError = outcome.type === "failed" || outcome.type === "retry" ? row.lasterror === outcome.error : true;
  switch (outcome.type) {
    case "completed":
      return row.status === "completed";
    case "failed":
      return row.status === "failed" && sameError;
    case "retry":
      return (
        row.status === "pending" && row.startedat !== null && sameError && Number(row.runat) === outcome.runAt.getTime()
      );
    case "released":
      return row.status === "pending" && row.startedat === null;
  }
}

export function* extend(
  plan: Plan,
  claim: ClaimKey,
  { now, leaseMs, progress }: { readonly now: Date; readonly leaseMs: number; readonly progress?: JobProgress },
): Work<"held" | "lost"> {
  const lockToken = lockTokenOf(claim.token, claim.seq);
  if (lockToken === null) return "lost";
  const { where, params } = guard(claim, lockToken);
  const set = ["lockedUntil = ?", "updatedAt = ?", ...(progress === undefined ? [] : ["progress = ?"])].join(", ");
  const values: SqlValue[] = [plan.dialect.instant(now.getTime() + leaseMs), instantOf(plan, now)];
  if (progress !== undefined) values.push(JSON.stringify(progress));
  const { changes } = yield* ask(`UPDATE ${plan.table} SET ${set} ${where}`, [...values, ...params]);
  return changes > 0 ? "held" : "lost";
}
