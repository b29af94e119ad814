// The contract on MariaDB or MySQL, where MYSQL_URL gives one, with races between two pools.

import mysql from "mysql2/promise";
import { afterAll, describe, inject, it } from "vitest";
import { describeJobStore } from "../../src/contract/index.ts";
import type { JobStore } from "../../src/index.ts";
import { MysqlJobStore } from "../../src/store/sql/mysql.ts";
import { tables } from "./tables.ts";

const url = inject("mysqlUrl");
if (url === null) {
  process.stderr.write(
    "mysql contract skipped: give a server of your own in MYSQL_URL, as mysql://root@127.0.0.1:3306/test\n",
  );
  describe("the job store contract: mysql", () => {
    it("needs a server in MYSQL_URL", () => undefined);
  });
} else {
  const pool = mysql.createPool({ uri: url, connectionLimit: 4 });
  const second = mysql.createPool({ uri: url, connectionLimit: 4 });
  afterAll(async () => {
    await pool.end();
    await second.end();
  });
  for (const claims of ["lock-then-update", "optimistic"] as const) {
    const tableFor = tables(`contract_${claims === "optimistic" ? "optimistic_" : ""}${process.pid}`, (table) =>
      pool.query(`DELETE FROM ${table}`),
    );
    const tableOf = new WeakMap<JobStore, string>();
    describeJobStore(
      claims === "optimistic" ? "mysql, claiming as the origin does" : "mysql",
      async (request) => {
        const table = await tableFor(request);
        const store = new MysqlJobStore(pool, { claims, table });
        tableOf.set(store, table);
        return store;
      },
      {
        describe,
        it,
        openSecond: (first) => new MysqlJobStore(second, { claims, table: tableOf.get(first) ?? "" }),
        transaction: { run: (_store, work) => inTransaction(pool, work) },
      },
    );
  }
}

async function inTransaction<T>(pool: mysql.Pool, work: (transaction: unknown) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const result = await work(connection);
    await connection.commit();
    return result;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}
