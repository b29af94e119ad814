// The limit on SQLite: claim and complete as bare statements, prepared once, on a table that has what the words need, narrow or ours.

import { randomUUID } from "node:crypto";
import Database from "better-sqlite3";
import { SqliteJobStore } from "wheelwright/sqlite";
import { BATCH, inBulks, type Places, type SqlSubject } from "./subject.ts";

const TABLE = `CREATE TABLE bare_jobs (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, data TEXT NOT NULL, priority INTEGER NOT NULL,
  status TEXT NOT NULL, attempts INTEGER NOT NULL, runAt INTEGER NOT NULL, startedAt INTEGER, completedAt INTEGER,
  lockedBy TEXT, lockedUntil INTEGER
);
CREATE INDEX bare_due ON bare_jobs (queue, priority DESC, runAt, seq) WHERE status = 'pending';
CREATE INDEX bare_leases ON bare_jobs (lockedUntil) WHERE status = 'processing';`;

/** `columns`: the fewest that will do, or all that a record has, with the indexes that R8 and R13 ask for. */
export async function openBareSqlite({ folder }: Places, columns: "few" | "all"): Promise<SqlSubject> {
  const database = new Database(`${folder}/bare-${randomUUID()}.db`);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  const table = columns === "few" ? "bare_jobs" : "wheels_jobs";
  database.exec(columns === "few" ? TABLE : (await new SqliteJobStore(database).schema()).join(";"));
  const insert = database.prepare(
    columns === "few"
      ? "INSERT INTO bare_jobs (id, queue, data, priority, status, attempts, runAt) VALUES (?, 'default', ?, 0, 'pending', 0, ?)"
      : "INSERT INTO wheels_jobs (id, queue, jobClass, data, priority, status, attempts, runAt, createdAt, updatedAt) VALUES (?, 'default', 'NoOpJob', ?, 0, 'pending', 0, ?, 0, 0)",
  );
  // Our index of one queue is in ascending order of priority, so the bare statement asks for the one there is.
  const [level, order] = columns === "few" ? ["", "priority DESC, runAt, seq"] : ["AND priority = 0", "runAt, seq"];
  // `+?`: a bare text parameter makes better-sqlite3 13 prepare the statement anew at every run.
  const claim = (limit: number) =>
    database.prepare(
      `UPDATE ${table} SET status = 'processing', attempts = attempts + 1, startedAt = ?, lockedBy = ?, lockedUntil = ?
      WHERE seq IN (SELECT seq FROM ${table} WHERE status = 'pending' AND queue = +? ${level} AND runAt <= ? ORDER BY ${order} LIMIT ${limit})
      RETURNING ${columns === "few" ? "seq, id, data, attempts, lockedBy" : "*"}`,
    );
  const claimOne = claim(1);
  const claimMany = claim(BATCH);
  const complete = database.prepare(
    `UPDATE ${table} SET status = 'completed', completedAt = ?, lockedBy = NULL, lockedUntil = NULL WHERE seq = ? AND status = 'processing' AND lockedBy = +?`,
  );
  const completeMany = database.transaction((rows: readonly { seq: number }[]) => {
    const now = Date.now();
    for (const { seq } of rows) complete.run(now, seq, "worker");
  });
  const perform = async (row: { data: string }): Promise<unknown> => JSON.parse(row.data);
  const drain = async (n: number, statement: Database.Statement, limit: number): Promise<void> => {
    for (let done = 0; done < n; ) {
      const now = Date.now();
      const rows = statement.all(now, "worker", now + 30_000, "default", now) as { seq: number; data: string }[]; // `as`: the RETURNING above
      if (rows.length === 0) throw new Error(`The bare loop ran dry after ${done} of ${n} jobs.`);
      for (const row of rows) await perform(row);
      if (limit === 1) for (const { seq } of rows) complete.run(Date.now(), seq, "worker");
      else completeMany(rows);
      done += rows.length;
    }
  };
  return {
    async enqueueEach(n) {
      for (let i = 0; i < n; i++) insert.run(randomUUID(), JSON.stringify({ i }), Date.now());
    },
    enqueueBulk: (n) =>
      inBulks(n, (numbers) =>
        database.transaction(() => {
          for (const i of numbers) insert.run(randomUUID(), JSON.stringify({ i }), Date.now());
        })(),
      ),
    drainEach: (n) => drain(n, claimOne, 1),
    drainMany: (n) => drain(n, claimMany, BATCH),
    close: async () => void database.close(),
  };
}
