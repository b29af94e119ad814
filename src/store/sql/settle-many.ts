// Settling many claims in few statements: one for all that write the same, each claim guarded by its own token (R24).

import type { ClaimKey, Settlement } from "../job-store.ts";
import { type Plan, places } from "./plan.ts";
import { IS_HELD, leaseAsRead, settle, shownBy, shows, writes } from "./settle.ts";
import { ask, type SqlRow, type SqlValue, type Work } from "./step.ts";
import { lockTokenOf } from "./table.ts";

/** Claims per statement: well under every database's limit of parameters. */
const BATCH = 250;

type At = { readonly now: Date; readonly expired?: boolean };
type Answer = "settled" | "lost";

/** A settlement whose token is one, with its place in the list. */
interface Place {
  readonly index: number;
  readonly settlement: Settlement;
  readonly token: number;
}

/** Settlements that write the same, for one worker and one lease. */
interface Group {
  readonly set: string;
  readonly where: string;
  readonly before: readonly SqlValue[];
  readonly after: readonly SqlValue[];
  readonly places: Place[];
}

/** Whether one statement is enough when nothing is lost, so that no transaction is needed around it. */
export function settlesInOneStatement({ dialect }: Plan, settlements: readonly Settlement[]): boolean {
  if (!dialect.returning || settlements.length > BATCH) return false;
  const [first] = settlements;
  const isLike = ({ claim, outcome }: Settlement): boolean =>
    (outcome.type === "completed" || outcome.type === "released") &&
    outcome.type === first?.outcome.type &&
    claim.lockedBy === first.claim.lockedBy;
  return settlements.every(isLike) && new Set(settlements.map(({ claim }) => claim.seq)).size === settlements.length;
}

/** Plays inside a transaction, unless `settlesInOneStatement`. */
export function* settleMany(plan: Plan, settlements: readonly Settlement[], at: At): Work<readonly Answer[]> {
  const answers = new Array<Answer>(settlements.length).fill("lost");
  const { firsts, others } = sortedOut(settlements);
  for (const group of grouped(plan, firsts, at)) {
    for (let first = 0; first < group.places.length; first += BATCH) {
      const some = group.places.slice(first, first + BATCH);
      for (const index of yield* writeAll(plan, group, some)) answers[index] = "settled";
    }
  }
  // Of what is said of one claim twice, the first counts: the others are then a settle that is sent again.
  for (const { index, settlement } of others)
    answers[index] = yield* settle(plan, settlement.claim, settlement.outcome, at);
  return answers;
}

function sortedOut(settlements: readonly Settlement[]): { readonly firsts: Place[]; readonly others: Place[] } {
  const firsts: Place[] = [];
  const others: Place[] = [];
  const seen = new Set<number>();
  settlements.forEach((settlement, index) => {
    const token = lockTokenOf(settlement.claim.token, settlement.claim.seq);
    if (token === null) return;
    (seen.has(settlement.claim.seq) ? others : firsts).push({ index, settlement, token });
    seen.add(settlement.claim.seq);
  });
  return { firsts, others };
}

/** Instants that are none are refused here, before the first statement. */
function grouped(plan: Plan, all: readonly Place[], at: At): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (const place of all) {
    const { claim, outcome } = place.settlement;
    const written = writes(plan, outcome, at.now);
    const holder = holderOf(claim);
    const unmoved = at.expired === true ? leaseAsRead(plan, claim) : { where: "", params: [] };
    const where = `${IS_HELD}${holder.where}${unmoved.where}`;
    const after = [...holder.params, ...unmoved.params];
    const key = JSON.stringify([written, where, after]);
    const group = groups.get(key) ?? { set: written.set, where, before: written.params, after, places: [] };
    group.places.push(place);
    groups.set(key, group);
  }
  return groups.values();
}

function holderOf({ lockedBy }: ClaimKey): { readonly where: string; readonly params: readonly SqlValue[] } {
  return lockedBy === null
    ? { where: " AND lockedBy IS NULL", params: [] }
    : { where: " AND lockedBy = ?", params: [lockedBy] };
}

/** The indexes of those that hold, or show the outcome already. */
function* writeAll(plan: Plan, group: Group, some: readonly Place[]): Work<readonly number[]> {
  const { table, dialect } = plan;
  const { set, where, before, after } = group;
  const returning = dialect.returning ? " RETURNING seq AS seq" : "";
  const claims = some.map(({ settlement: { claim }, token }) => [claim.seq, claim.id, token] as const);
  const among = dialect.amongClaims;
  const sql = `UPDATE ${table} SET ${set} WHERE ${among ?? `(${anyOf(claims.length)})`} AND ${where}${returning}`;
  const these = among === null ? claims.flat() : [JSON.stringify(claims.map(([seq]) => seq)), JSON.stringify(claims)];
  const { rows, changes } = yield* ask(sql, [...before, ...these, ...after]);
  if (changes === some.length) return some.map(({ index }) => index);
  const written = new Set(rows.map((row) => Number(row.seq)));
  const rest = some.filter(({ settlement }) => !written.has(settlement.claim.seq));
  const shown = yield* rowsOf(plan, rest);
  return some
    .filter(({ settlement: { claim, outcome }, token }) => {
      if (written.has(claim.seq)) return true;
      const row = shown.get(claim.seq);
      if (row === undefined || token === 0) return false;
      return row.id === claim.id && Number(row.locktoken) === token && shows(row, outcome);
    })
    .map(({ index }) => index);
}

function anyOf(count: number): string {
  return new Array<string>(count).fill("(seq = ? AND id = ? AND lockToken = ?)").join(" OR ");
}

function* rowsOf(plan: Plan, some: readonly Place[]): Work<ReadonlyMap<number, SqlRow>> {
  const sql = `SELECT seq AS seq, id AS id, lockToken AS locktoken, ${shownBy(plan)} FROM ${plan.table} WHERE seq IN (${places(some.length)})`;
  const seqs = some.map(({ settlement }) => settlement.claim.seq);
  return new Map((yield* ask(sql, seqs)).rows.map((row) => [Number(row.seq), row]));
}
