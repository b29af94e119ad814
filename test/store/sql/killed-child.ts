// A process of its own: enqueues in a transaction, and is killed before the commit.

import { writeSync } from "node:fs";
import { DatabaseSync } from "@photostructure/sqlite";
import { aJob } from "../../../src/contract/index.ts";
import { SqliteJobStore } from "../../../src/store/sql/sqlite.ts";

const database = new DatabaseSync(process.argv[2] ?? "");
const store = new SqliteJobStore(database, { setup: false });
await store.setup();
database.exec("BEGIN IMMEDIATE");
await store.insert([aJob()], { now: new Date("2030-01-01T00:00:00Z"), transaction: database });
const rows = database.prepare("SELECT COUNT(*) AS count FROM wheels_jobs").get() as { count: number }; // `as`: one row
writeSync(1, `stored ${rows.count}`);
process.kill(process.pid, "SIGKILL");
