// The limit on PostgreSQL and PGlite: claim and complete as bare statements, prepared, on one connection.

import { randomUUID } from "node:crypto";
import type { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import { BATCH, inBulks, type Places, type SqlSubject } from "./subject.ts";

type Ask = (
  name: string,
  sql: string,
  params: readonly unknown[],
) => Promise<readonly { seq: string; data: unknown }[]>;

const TABLE = (name: string): string => `CREATE TABLE ${name} (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id VARCHAR(36) NOT NULL UNIQUE, queue TEXT NOT NULL, data TEXT NOT NULL,
  priority INTEGER NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL, runAt TIMESTAMPTZ NOT NULL,
  startedAt TIMESTAMPTZ, completedAt TIMESTAMPTZ, lockedBy TEXT, lockedUntil TIMESTAMPTZ
);
CREATE INDEX ${name}_due ON ${name} (queue, priority DESC, runAt, seq) WHERE status = 'pending';
CREATE INDEX ${name}_leases ON ${name} (lockedUntil) WHERE status = 'processing'`;

async function bare(ask: Ask, table: string, close: () => Promise<void>): Promise<SqlSubject> {
  for (const statement of TABLE(table).split(";")) await ask("", statement, []);
  const values = "VALUES ($1, 'default', $2, 0, 'pending', 0, $3)";
  const insertInto = `INSERT INTO ${table} (id, queue, data, priority, status, attempts, runAt)`;
  const claim = `WITH picked AS MATERIALIZED (
    SELECT seq FROM ${table} WHERE status = 'pending' AND queue = $1 AND runAt <= $2
    ORDER BY priority DESC, runAt, seq LIMIT $3 FOR UPDATE SKIP LOCKED
  ) UPDATE ${table} j SET status = 'processing', attempts = j.attempts + 1, startedAt = $2, lockedBy = 'worker', lockedUntil = $4
  FROM picked WHERE j.seq = picked.seq RETURNING j.seq, j.id, j.data, j.attempts`;
  const set = "status = 'completed', completedAt = $2, lockedBy = NULL, lockedUntil = NULL";
  const held = "status = 'processing' AND lockedBy = 'worker'";
  const completeOne = `UPDATE ${table} SET ${set} WHERE seq = $1 AND ${held}`;
  const completeMany = `UPDATE ${table} SET ${set} WHERE seq = ANY($1::bigint[]) AND ${held}`;
  const drain = async (n: number, limit: number): Promise<void> => {
    for (let done = 0; done < n; ) {
      const now = Date.now();
      const rows = await ask("claim", claim, ["default", new Date(now), limit, new Date(now + 30_000)]);
      if (rows.length === 0) throw new Error(`The bare loop ran dry after ${done} of ${n} jobs.`);
      for (const { data } of rows) await (async () => JSON.parse(String(data)))();
      if (limit === 1) for (const { seq } of rows) await ask("complete", completeOne, [seq, new Date()]);
      else await ask("complete many", completeMany, [rows.map(({ seq }) => seq), new Date()]);
      done += rows.length;
    }
  };
  return {
    async enqueueEach(n) {
      for (let i = 0; i < n; i++)
        await ask("insert", `${insertInto} ${values}`, [randomUUID(), JSON.stringify({ i }), new Date()]);
    },
    enqueueBulk: (n) =>
      inBulks(n, (numbers) =>
        ask(
          "insert many",
          `${insertInto} SELECT id, 'default', data, 0, 'pending', 0, $3 FROM unnest($1::text[], $2::text[]) AS t(id, data)`,
          [numbers.map(() => randomUUID()), numbers.map((i) => JSON.stringify({ i })), new Date()],
        ),
      ),
    drainEach: (n) => drain(n, 1),
    drainMany: (n) => drain(n, BATCH),
    close,
  };
}

export async function openBarePostgres({ postgres }: Places): Promise<SqlSubject> {
  const client = new pg.Client({ connectionString: postgres });
  await client.connect();
  const ask: Ask = async (name, text, values) =>
    (await client.query({ text, values: [...values], ...(name !== "" && { name }) })).rows;
  return bare(ask, `bare_${randomUUID().slice(0, 8)}`, () => client.end());
}

export async function openBarePglite(database: PGlite): Promise<SqlSubject> {
  const ask: Ask = async (_, text, values) =>
    (await database.query<{ seq: string; data: unknown }>(text, [...values])).rows;
  return bare(ask, "bare", () => database.close());
}
