// Every subject by name. Each is loaded only where it is measured, so that none pays for another's code.

import { randomUUID } from "node:crypto";
import type { JobStore } from "wheelwright";
import { BATCH, type Places, type SqlSubject } from "./subject.ts";

type Open = (places: Places) => Promise<SqlSubject>;

async function sqliteStore({ folder }: Places): Promise<JobStore> {
  const { default: Database } = await import("better-sqlite3");
  const { SqliteJobStore } = await import("wheelwright/sqlite");
  return new SqliteJobStore(new Database(`${folder}/ours-${randomUUID()}.db`), { closeDatabase: true });
}

async function postgresStore({ postgres }: Places): Promise<JobStore> {
  const { default: pg } = await import("pg");
  const { PostgresJobStore } = await import("wheelwright/postgres");
  const table = `ours_${randomUUID().slice(0, 8)}`;
  return new PostgresJobStore(new pg.Pool({ connectionString: postgres }), { closeClient: true, table });
}

async function pglite() {
  const { PGlite } = await import("@electric-sql/pglite");
  return PGlite.create("memory://");
}

async function pgliteStore(): Promise<JobStore> {
  const { PostgresJobStore } = await import("wheelwright/postgres");
  return new PostgresJobStore(await pglite(), { closeClient: true });
}

const store =
  (open: Open | ((places: Places) => Promise<JobStore>)): Open =>
  async (places) =>
    (await import("./ours.ts")).ourStore((await open(places)) as JobStore);
/** `slots`: how many jobs are worked at once where there are many, by one worker or by more in the same process. */
const worker =
  (open: (places: Places) => Promise<JobStore>, slots: number, workers = 1): Open =>
  async (places) =>
    (await import("./ours.ts")).ourWorker(await open(places), slots, workers);
/** As many as pg-boss takes from a server at once. */
const SLOTS_ON_SERVERS = 1000;

const openers = {
  "sqlite: bare statements": async (places) => (await import("./bare-sqlite.ts")).openBareSqlite(places, "few"),
  "sqlite: bare statements, our table": async (places) =>
    (await import("./bare-sqlite.ts")).openBareSqlite(places, "all"),
  "sqlite: wheelwright store": store(sqliteStore),
  "sqlite: wheelwright worker": worker(sqliteStore, BATCH),
  "sqlite: plainjob": async (places) => (await import("./peers.ts")).openPlainjob(places),
  "postgres: bare statements": async (places) => (await import("./bare-postgres.ts")).openBarePostgres(places),
  "postgres: wheelwright store": store(postgresStore),
  "postgres: wheelwright worker": worker(postgresStore, SLOTS_ON_SERVERS),
  "postgres: wheelwright, two workers": worker(postgresStore, SLOTS_ON_SERVERS, 2),
  "postgres: graphile-worker": async (places) => (await import("./peers.ts")).openGraphile(places),
  "postgres: pg-boss": async (places) => (await import("./peers.ts")).openPgBoss(places),
  "pglite: bare statements": async () => (await import("./bare-postgres.ts")).openBarePglite(await pglite()),
  "pglite: wheelwright store": store(pgliteStore),
  "pglite: wheelwright worker": worker(pgliteStore, SLOTS_ON_SERVERS),
  "pglite: pg-boss": async () => (await import("./peers.ts")).openPgBossOnPglite(await pglite()),
  "redis: bullmq": async (places) => (await import("./peers.ts")).openBullmq(places),
} satisfies Record<string, Open>;

export type SqlSubjectName = keyof typeof openers;

export const SQL_SUBJECTS = Object.keys(openers) as readonly SqlSubjectName[]; // `as`: they are its keys

export function openSqlSubject(name: string, places: Places): Promise<SqlSubject> {
  const open = (openers as Readonly<Record<string, Open>>)[name];
  if (open === undefined) throw new RangeError(`There is no subject "${name}". There are: ${SQL_SUBJECTS.join("; ")}.`);
  return open(places);
}
