// A connection that PostgreSQL ends while the store has it out of the pool, as at each restart of the server.

import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { StoreUnavailableError } from "../../../src/index.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";

const now = new Date("2030-01-01T00:00:00Z");
const table = "cut_off_jobs";
const admin = new pg.Pool({ connectionString: inject("postgresUrl"), max: 2 });
const home = new PostgresJobStore(admin, { table });
beforeAll(() => home.setup());
afterAll(async () => {
  await home.dropTable();
  await admin.end();
});

/** A pool whose connections are ended before a statement that matches, the first time there is one. */
function cutOffBefore(statement: RegExp): { readonly pool: pg.Pool; readonly wasCut: () => boolean } {
  let mayCut = true;
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>; // `as`: one of many overloads
    const cutting = async (...args: unknown[]): Promise<unknown> => {
      const [first] = args as [string | { text: string }]; // `as`: what the driver gives
      if (!mayCut || !statement.test(typeof first === "string" ? first : first.text)) return query(...args);
      mayCut = false;
      const { rows } = (await query("SELECT pg_backend_pid() AS pid")) as { rows: [{ pid: number }] }; // `as`: one row
      const ended = new Promise((resolve) => client.once("end", resolve)); // Not `once`, which would hear the error.
      await admin.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
      await ended;
      return query(...args);
    };
    Object.assign(client, { query: cutting });
  });
  return { pool, wasCut: () => !mayCut };
}

describe("PostgresJobStore", () => {
  it.each([
    ["its statement", /cut_off_jobs/],
    ["the commit", /^COMMIT/],
  ])("BM-101 outlives a connection that is ended before %s", async (_, statement) => {
    const { pool, wasCut } = cutOffBefore(statement);
    const store = new PostgresJobStore(pool, { table, setup: false });
    const retry = (): Promise<unknown> => store.retryFailed({ now }); // One that takes a transaction.

    await retry().catch((error) => expect(error).toBeInstanceOf(StoreUnavailableError));

    expect(wasCut()).toBe(true);
    await expect(retry()).resolves.toBe(0); // On another connection; and an error that nobody hears fails this test run.
    await pool.end();
  });
});
