// Settling many claims in few statements: one for each kind of outcome, each claim guarded by its own token (R24).

import type { Outcome } from "../../job/outcome.ts";
import type { Settlement } from "../job-store.ts";
import { byArrays, byCases, inArray, inList, type Piece } from "./per-row.ts";
import { growth, type Plan, places } from "./plan.ts";
import { IS_HELD, settle, shownBy, shows, type Written, writes } from "./settle.ts";
import { ask, type SqlRow, type Work } from "./step.ts";
import { lockTokenOf } from "./table.ts";

/** Claims per statement: well under every database's limit of parameters. */
const BATCH = 250;

type At = { readonly now: Date; readonly expired?: boolean };
type Answer = "settled" | "lost";

/** A settlement whose token is one, with its place in the list. */
interface Place {
  readonly index: number;
  readonly claim: Settlement["claim"];
  readonly outcome: Outcome;
  readonly token: number;
  readonly written: Written;
}

/** Whether one statement is enough when nothing is lost, so that no transaction is needed around it. */
export function settlesInOneStatement({ dialect }: Plan, settlements: readonly Settlement[], at: At): boolean {
  if (dialect.many !== "arrays" || at.expired === true || settlements.length > BATCH) return false;
  return new Set(settlements.map(groupOf)).size === 1 && areDistinct(settlements);
}

/** Plays inside a transaction, unless `settlesInOneStatement`. */
export function* settleMany(plan: Plan, settlements: readonly Settlement[], at: At): Work<readonly Answer[]> {
  const answers = new Array<Answer>(settlements.length).fill("lost");
  const together = plan.dialect.many !== "one by one" && at.expired !== true;
  const { groups, others } = together
    ? sortedOut(plan, settlements, at)
    : { groups: [], others: settlements.entries() };
  for (const group of groups) {
    for (let first = 0; first < group.length; first += BATCH)
      for (const index of yield* writeAll(plan, group.slice(first, first + BATCH))) answers[index] = "settled";
  }
  for (const [index, { claim, outcome, at: when = at.now }] of others)
    answers[index] = yield* settle(plan, claim, outcome, { ...at, now: when });
  return answers;
}

interface SortedOut {
  /** Each in order of its numbers. */
  readonly groups: Iterable<readonly Place[]>;
  readonly others: readonly (readonly [index: number, settlement: Settlement])[];
}

/**
 * Those that can be written together, and the others: of what is said of one claim twice the first counts, and the next is
 * then a settle that is sent again. An instant that is none is refused here, before the first statement.
 */
function sortedOut(plan: Plan, settlements: readonly Settlement[], { now }: At): SortedOut {
  const groups = new Map<string, Place[]>();
  const others: [number, Settlement][] = [];
  const seen = new Set<number>();
  for (const [index, settlement] of settlements.entries()) {
    const { claim, outcome, at = now } = settlement;
    const token = lockTokenOf(claim.token, claim.seq);
    if (token === null) continue;
    if (seen.has(claim.seq)) {
      others.push([index, settlement]);
      continue;
    }
    seen.add(claim.seq);
    const group = groups.get(groupOf(settlement)) ?? [];
    group.push({ index, claim, outcome, token, written: writes(plan, outcome, at) });
    groups.set(groupOf(settlement), group);
  }
  for (const group of groups.values()) group.sort((a, b) => a.claim.seq - b.claim.seq);
  return { groups: groups.values(), others };
}

/** Outcomes of one kind and one worker go together. */
function groupOf({ claim, outcome }: Settlement): string {
  return `${outcome.type} ${claim.lockedBy === null ? "nobody's" : `of ${claim.lockedBy}`}`;
}

function areDistinct(settlements: readonly Settlement[]): boolean {
  return new Set(settlements.map(({ claim }) => claim.seq)).size === settlements.length;
}

/** The indexes of those that hold, or show the outcome already. `group`: of one kind and one worker, in order. */
function* writeAll(plan: Plan, group: readonly Place[]): Work<readonly number[]> {
  const [first] = group;
  if (first === undefined) return [];
  const { fixed, columns } = first.written;
  const { lockedBy } = first.claim;
  const seqs = group.map(({ claim }) => claim.seq);
  const perRow = plan.dialect.many === "arrays" ? byArrays(seqs) : byCases(seqs);
  const set = columns.map(([column], nth): Piece => {
    const values = group.map(({ written }) => written.columns[nth]?.[1] ?? null);
    const { sql, params } = perRow(values, column === "lastError" ? "TEXT" : plan.dialect.columns.instant);
    return { sql: `${column} = ${sql}`, params };
  });
  const token = perRow(
    group.map((place) => place.token),
    "BIGINT",
  );
  const ids = group.map(({ claim }) => claim.id);
  // The token vouches for the number. The ids tell a row of this table from one of a table that was there before it.
  const held: readonly Piece[] = [
    ...(plan.dialect.many === "arrays"
      ? [inArray("seq", seqs, "BIGINT"), inArray("id", ids, "VARCHAR")]
      : [inList("seq", seqs), inList("id", ids)]),
    { sql: IS_HELD, params: [] },
    { sql: `lockToken = ${token.sql}`, params: token.params },
    lockedBy === null ? { sql: "lockedBy IS NULL", params: [] } : { sql: "lockedBy = ?", params: [lockedBy] },
  ];
  const returning = plan.dialect.returning ? " RETURNING seq AS seq" : "";
  const { rows, changes } = yield* ask(
    `UPDATE ${plan.table} SET ${fixed}, ${textOf(set, ", ")} WHERE ${textOf(held, " AND ")}${returning}`,
    [...set, ...held].flatMap(({ params }) => params),
    growth(plan),
  );
  if (changes === group.length) return group.map(({ index }) => index);
  const written = new Set(rows.map((row) => Number(row.seq)));
  const shown = yield* rowsOf(
    plan,
    seqs.filter((seq) => !written.has(seq)),
  );
  return group
    .filter(({ claim, outcome, token: lockToken }) => {
      if (written.has(claim.seq)) return true;
      const row = shown.get(claim.seq);
      if (row === undefined || lockToken === 0) return false;
      return row.id === claim.id && Number(row.locktoken) === lockToken && shows(row, outcome);
    })
    .map(({ index }) => index);
}

function textOf(pieces: readonly Piece[], between: string): string {
  return pieces.map(({ sql }) => sql).join(between);
}

function* rowsOf(plan: Plan, seqs: readonly number[]): Work<ReadonlyMap<number, SqlRow>> {
  const sql = `SELECT seq AS seq, id AS id, lockToken AS locktoken, ${shownBy(plan)} FROM ${plan.table} WHERE seq IN (${places(seqs.length)})`;
  return new Map((yield* ask(sql, seqs)).rows.map((row) => [Number(row.seq), row]));
}
