// The contract on PGlite: PostgreSQL within the process, one connection for all that it does.

import { PGlite, type Transaction } from "@electric-sql/pglite";
import { afterAll, describe, it } from "vitest";
import { describeJobStore } from "../../src/contract/index.ts";
import type { JobStore } from "../../src/index.ts";
import { PostgresJobStore } from "../../src/store/sql/postgres.ts";
import { tables } from "./tables.ts";

// It takes seconds to open, so one serves the whole file.
const database = await PGlite.create();
afterAll(() => database.close());

const tableFor = tables("contract", (table) => database.query(`DELETE FROM ${table}`));
const tableOf = new WeakMap<JobStore, string>();

describeJobStore(
  "pglite",
  async (request) => {
    const table = await tableFor(request);
    const store = new PostgresJobStore(database, { table });
    tableOf.set(store, table);
    return store;
  },
  {
    describe,
    it,
    openSecond: (first) => new PostgresJobStore(database, { table: tableOf.get(first) ?? "" }),
    transaction: {
      run: (_store, work) => database.transaction((transaction: Transaction) => work(transaction)),
    },
  },
);
