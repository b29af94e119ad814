// What a claim and its settle cost in a table that other rows fill, beside one that they do not. Prints one line of JSON.

import { randomUUID } from "node:crypto";
import type { SqlJobStore } from "wheelwright/postgres";
import type { Places } from "../sql/subject.ts";
import { spreadOf } from "../statistics.ts";
import { now } from "../stopwatch.ts";

/** Microseconds per claim and settle; `ratio` is the median over the turns. */
export interface ClaimCosts {
  readonly alone: number;
  readonly among: number;
  readonly ratio: number;
}

const TURNS = 15;
const JOBS = 200;
const DAY_MS = 86_400_000;

const [on = "", load = "", rows = "", placesText = "{}"] = process.argv.slice(2);
const places = JSON.parse(placesText) as Places; // `as`: the part wrote it
const alone = await open();
const among = await open();
await fill(among);
for (const store of [alone, among]) await turn(store);
const turns: { readonly alone: number; readonly among: number }[] = [];
for (let index = 0; index < TURNS; index++) {
  const first = index % 2 === 0 ? await turn(alone) : 0;
  const second = await turn(among);
  turns.push({ alone: first === 0 ? await turn(alone) : first, among: second });
}
const costs: ClaimCosts = {
  alone: spreadOf(turns.map((one) => one.alone)).median,
  among: spreadOf(turns.map((one) => one.among)).median,
  ratio: spreadOf(turns.map((one) => one.among / one.alone)).median,
};
for (const store of [alone, among]) {
  await store.dropTable();
  await store.close();
}
console.log(JSON.stringify(costs));

async function open(): Promise<SqlJobStore> {
  const table = `load_${randomUUID().slice(0, 8)}`;
  if (on === "sqlite") {
    const { default: Database } = await import("better-sqlite3");
    const { SqliteJobStore } = await import("wheelwright/sqlite");
    return new SqliteJobStore(new Database(`${places.folder}/${table}.db`), { closeDatabase: true, table });
  }
  const { default: pg } = await import("pg");
  const { PostgresJobStore } = await import("wheelwright/postgres");
  return new PostgresJobStore(new pg.Pool({ connectionString: places.postgres }), { closeClient: true, table });
}

/** By one statement of the database's own: a million enqueues would take longer than all else. */
async function fill(store: SqlJobStore): Promise<void> {
  await store.setup();
  const isFinished = load === "finished";
  const [status, priority] = isFinished ? ["completed", 0] : ["pending", 10];
  const instant = (ms: number): string => (on === "sqlite" ? String(ms) : `to_timestamp(${ms / 1000})`);
  const runAt = instant(Date.now() + (isFinished ? -DAY_MS : DAY_MS));
  const ended = isFinished ? runAt : "NULL";
  const numbers =
    on === "sqlite"
      ? `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i FROM n)`
      : `(SELECT generate_series(1, ${rows}) AS i)`;
  await store.query(
    `INSERT INTO ${store.table} (id, jobClass, queue, data, priority, status, attempts, runAt, completedAt, createdAt, updatedAt)
    SELECT 'filling-' || i, 'NoOpJob', 'default', '{}', ${priority}, '${status}', 0, ${runAt}, ${ended}, ${runAt}, ${runAt} FROM ${numbers} numbers WHERE 1 = 1`,
  );
  if (on === "postgres") await store.query(`ANALYZE ${store.table}`);
}

async function turn(store: SqlJobStore): Promise<number> {
  const job = (i: number) => ({
    id: randomUUID(),
    idGiven: false,
    jobClass: "NoOpJob",
    queue: "default",
    data: JSON.stringify({ i }),
    priority: 0,
    maxRetries: 3,
    timeout: 300,
    runAt: new Date(),
    uniqueKey: null,
    uniqueWhile: "live" as const,
    carried: null,
  });
  await store.insert(
    Array.from({ length: JOBS }, (_, i) => job(i)),
    { now: new Date() },
  );
  const start = now();
  for (let i = 0; i < JOBS; i++) {
    const request = { limit: 1, now: new Date(), workerId: "worker", leaseMs: 30_000, queues: ["default"] };
    const [claim] = await store.claim(request);
    if (claim === undefined) throw new Error("There was nothing to claim.");
    await store.settle(claim, { type: "completed" }, { now: new Date() });
  }
  return ((now() - start) / JOBS) * 1000;
}
