// Errors of connections that nobody hears: Node.js ends the process. A server that shuts down may say so to a connection in
// the very bytes that make it ready, so that no promise's reaction comes in between.

import { type EventEmitter, errorMonitor, once } from "node:events";
import pg from "pg";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { StoreUnavailableError } from "../../../src/index.ts";
import { PostgresJobStore, type PostgresPool } from "../../../src/store/sql/postgres.ts";
import { anError, DONE, fakePostgres, READY, SHUTDOWN, WELCOME } from "./fake-postgres.ts";

const ENDED = [SHUTDOWN, null];
/** More often than Node.js bears without a warning that listeners are left behind. */
const OFTEN = 12;

/** A pool of one connection to a server that answers so, without a listener of the app's; and what they say to nobody. */
async function aPool(
  ...answers: Parameters<typeof fakePostgres>
): Promise<{ readonly pool: pg.Pool; readonly unheard: readonly string[] }> {
  const server = await fakePostgres(...answers);
  const pool = new pg.Pool({ host: "127.0.0.1", port: server.port, user: "a", password: "b", ssl: false, max: 1 });
  onTestFinished(async () => {
    await pool.end();
    await server.stop();
  });
  const unheard: string[] = [];
  const watch = (emitter: EventEmitter): void => {
    emitter.on(errorMonitor, ({ message }: Error) => {
      if (emitter.listenerCount("error") === 0) unheard.push(message);
    });
  };
  watch(pool);
  pool.on("connect", watch);
  return { pool, unheard };
}

/** A pool of one connection to a real server. */
function aRealPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
  onTestFinished(() => (pool.ending ? undefined : pool.end()));
  return pool;
}

describe("PostgresJobStore", () => {
  it("BM-101 hears a connection that ends as it is made", async () => {
    const { pool, unheard } = await aPool([WELCOME, READY, ...ENDED]);

    await expect(new PostgresJobStore(pool).list({})).rejects.toThrow(StoreUnavailableError);

    expect(unheard).toEqual([]);
    expect(pool.totalCount).toBe(0);
  });

  it("BM-101 hears one that ends as it is made to listen", async () => {
    const { pool, unheard } = await aPool([WELCOME, READY, ...ENDED]);
    const store = new PostgresJobStore(pool, { notify: true });

    await expect(store.listen?.(ignore, ignore)).rejects.toThrow("not queryable");

    expect(unheard).toEqual([]);
    expect(pool.totalCount).toBe(0);
  });

  it("BM-101 hears one that ends as the app lets go of it", async () => {
    const { pool, unheard } = await aPool([WELCOME, READY], [DONE, READY, ...ENDED]);
    const ofTheApp = pool.query("DO 'nothing'");

    const waiting = new PostgresJobStore(pool).list({});

    await expect(waiting).rejects.toThrow(StoreUnavailableError);
    await ofTheApp;
    expect(unheard).toEqual([]);
    expect(pool.totalCount).toBe(0);
  });

  it("BM-101 hears one that it no longer waits for", async () => {
    let answer: (parts: readonly (Buffer | null)[]) => void = ignore;
    const late = new Promise<readonly (Buffer | null)[]>((resolve) => {
      answer = resolve;
    });
    const { pool, unheard } = await aPool(late);
    const store = new PostgresJobStore(pool, { acquireTimeoutMs: 1 });

    await expect(store.list({})).rejects.toThrow("no database connection was free");
    answer([WELCOME, READY, ...ENDED]);
    await once(pool, "remove");

    expect(unheard).toEqual([]);
  });

  it.each([
    ["FATAL", "XX000"],
    ["PANIC", "XX001"],
    ["ВАЖНО", "57P01"], // As a server says it whose messages are in Russian.
  ])("BM-101 gives none back that ends with the answer %s %s, since the pool would tell of it", async (...answer) => {
    const { pool, unheard } = await aPool([WELCOME, READY], [anError(...answer), null]);
    const removed = once(pool, "remove");

    await expect(new PostgresJobStore(pool).list({})).rejects.toThrow(StoreUnavailableError);

    expect([pool.totalCount, pool.idleCount]).toEqual([0, 0]);
    await removed;
    expect(unheard).toEqual([]);
  });

  it("gives back one whose statement the server refuses", async () => {
    const { pool } = await aPool([WELCOME, READY], [anError("ERROR", "57014"), READY]);

    await expect(new PostgresJobStore(pool).list({})).rejects.toThrow(StoreUnavailableError);

    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it("leaves nothing that listens on a connection it gives back", async () => {
    const pool = aRealPool();
    const store = new PostgresJobStore(pool, { table: "unheard_jobs", notify: true });
    const clients: pg.PoolClient[] = [];
    pool.on("connect", (client) => clients.push(client));

    for (let time = 0; time < OFTEN; time++) {
      await store.list({});
      const unlisten = await store.listen?.(ignore, ignore);
      await unlisten?.();
    }
    await store.dropTable();

    const left = ["error", "end", "notification"].map((event) => clients.map((client) => client.listenerCount(event)));
    expect(left).toEqual([[1], [0], [0]]); // The pool's own.
  });

  it.each<[pool: string, connect: (pool: pg.Pool) => PostgresPool["connect"]]>([
    ["that knows promises alone", (pool) => () => pool.connect()],
    [
      "whose wrapper hands on the callback",
      (pool) =>
        async (...given: unknown[]) =>
          Reflect.apply(pool.connect, pool, given),
    ],
    [
      "that tells in both ways",
      (pool) => async (callback?: Parameters<pg.Pool["connect"]>[0]) => {
        const client = await pool.connect();
        callback?.(undefined, client, ignore);
        return client;
      },
    ],
  ])("takes connections out of a pool %s", async (_, connect) => {
    const pool = aRealPool();
    const wrapped: PostgresPool = { connect: connect(pool), totalCount: 0, end: () => pool.end() };
    const store = new PostgresJobStore(wrapped, { table: "unheard_jobs" });

    expect(await store.list({})).toEqual([]);

    await store.dropTable();
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    await pool.end();
    await expect(store.list({})).rejects.toThrow("Cannot use a pool after calling end on the pool");
  });
});

function ignore(): void {
  // It is not about what is heard here.
}
