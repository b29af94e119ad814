// Opens a store by its URL: the one place that loads database packages, and only the one that is needed.

import { InvalidOptionError, StoreUnavailableError } from "../job/errors.ts";
import type { JobStore } from "./job-store.ts";

export interface OpenStoreOptions {
  /** `wheels_jobs` unless told. */
  readonly table?: string | undefined;
  /** `postgres://` only: whether enqueues wake the workers of other processes, as PostgresJobStore's option of the name. */
  readonly notify?: boolean | undefined;
}

type Opener = (url: string, options: OpenStoreOptions) => Promise<JobStore>;

/** PGlite takes seconds to start, so one instance per URL serves all stores of the process. */
const pglites = new Map<string, Promise<unknown>>();

const OPENERS: readonly (readonly [prefix: RegExp, open: Opener])[] = [
  [/^memory:/, openMemory],
  [/^sqlite:/, openSqlite],
  [/^pglite:/, openPglite],
  [/^postgres(ql)?:\/\//, openPostgres],
  [/^(mysql|mariadb):\/\//, openMysql],
  [/^mssql:\/\//, openMssql],
  [/^oracle:\/\//, openOracle],
];

/**
 * A store for a URL: `memory:`, `sqlite:jobs.db` (or `sqlite::memory:`), `pglite:` or `pglite:FOLDER`, `postgres://…`,
 * `mysql://…`, `mssql://…`, `oracle://USER:PASSWORD@HOST/SERVICE`. The store's `close` closes what was opened.
 * `postgres://…?notify=true` stands for the option: for whoever gives no more than a URL, such as a command line.
 *
 * Rejects with: InvalidOptionError for another URL; StoreUnavailableError that names the package to install where the
 * database's driver is missing.
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<JobStore> {
  const opener = typeof url === "string" ? OPENERS.find(([prefix]) => prefix.test(url)) : undefined;
  if (opener === undefined) {
    throw new InvalidOptionError(
      "the store's URL",
      typeof url === "string" ? hidden(url) : url,
      '"memory:", "sqlite:PATH", "pglite:", "postgres://…", "mysql://…", "mssql://…" or "oracle://…"',
    );
  }
  const { notify } = options;
  if (notify === true && !/^postgres(ql)?:/.test(url))
    throw new InvalidOptionError("notify", notify, "false: only a store at postgres://… tells others of enqueues");
  requireReadable(url);
  return opener[1](url, options);
}

/** What a driver would say of such a URL names neither it nor what is wrong. Throws: InvalidOptionError. */
function requireReadable(url: string): void {
  if (!/^(mysql|mariadb|mssql|oracle):/.test(url)) return;
  try {
    const { username, password, pathname } = new URL(url);
    for (const part of [username, password, pathname]) decodeURIComponent(part);
  } catch {
    throw new InvalidOptionError(
      "the store's URL",
      hidden(url),
      "SCHEME://USER:PASSWORD@HOST:PORT/DATABASE, in which encodeURIComponent has written user and password",
    );
  }
}

async function openMemory(): Promise<JobStore> {
  const { MemoryJobStore } = await import("./memory/memory-job-store.ts");
  return new MemoryJobStore();
}

async function openSqlite(url: string, options: OpenStoreOptions): Promise<JobStore> {
  const [{ SqliteJobStore }, database] = await Promise.all([
    import("./sql/sqlite-job-store.ts"),
    openDatabase(url.slice("sqlite:".length)),
  ]);
  return new SqliteJobStore(database, { ...options, closeDatabase: true });
}

async function openPglite(url: string, options: OpenStoreOptions): Promise<JobStore> {
  const { PostgresJobStore } = await import("./sql/postgres-job-store.ts");
  const { PGlite } = await load(() => import("@electric-sql/pglite"), "@electric-sql/pglite", url);
  const folder = url.slice("pglite:".length);
  const opened = pglites.get(url) ?? PGlite.create(folder === "" ? "memory://" : folder);
  pglites.set(url, opened);
  const database = (await opened) as ConstructorParameters<typeof PostgresJobStore>[0]; // `as`: what the map holds
  return new PostgresJobStore(database, options);
}

async function openPostgres(given: string, options: OpenStoreOptions): Promise<JobStore> {
  const { url, notify } = withoutNotify(given);
  const { PostgresJobStore } = await import("./sql/postgres-job-store.ts");
  const { default: pg } = await load(() => import("pg"), "pg", url);
  // An idle pool does not keep a process alive that has nothing else to do.
  return new PostgresJobStore(new pg.Pool({ connectionString: url, allowExitOnIdle: true }), {
    ...options,
    notify: options.notify ?? notify,
    closeClient: true,
  });
}

/** The URL as its database knows it, and what was said to us in it. Throws: InvalidOptionError for another value. */
function withoutNotify(given: string): { readonly url: string; readonly notify: boolean | undefined } {
  const [base = "", query] = given.split("?", 2);
  if (query === undefined) return { url: given, notify: undefined };
  const parts = query.split("&");
  const said = parts.filter((part) => part.startsWith("notify=")).at(-1);
  const value = said?.slice("notify=".length);
  if (value !== undefined && value !== "true" && value !== "false")
    throw new InvalidOptionError("notify in the store's URL", value, '"true" or "false"');
  const rest = parts.filter((part) => !part.startsWith("notify="));
  return {
    url: rest.length === 0 ? base : `${base}?${rest.join("&")}`,
    notify: value === undefined ? undefined : value === "true",
  };
}

async function openMysql(url: string, options: OpenStoreOptions): Promise<JobStore> {
  const { MysqlJobStore } = await import("./sql/mysql-job-store.ts");
  const { default: mysql } = await load(() => import("mysql2/promise"), "mysql2", url);
  return new MysqlJobStore(mysql.createPool({ uri: url.replace(/^mariadb:/, "mysql:") }), {
    ...options,
    closeClient: true,
  });
}

async function openMssql(url: string, options: OpenStoreOptions): Promise<JobStore> {
  const config = mssqlConfig(url);
  const { MssqlJobStore } = await import("./sql/mssql-job-store.ts");
  const { default: mssql } = (await load(() => import("mssql" as string), "mssql", url)) as {
    default: { ConnectionPool: new (config: object) => import("./sql/mssql-driver.ts").MssqlPool };
  }; // `as`: its default export
  return new MssqlJobStore(new mssql.ConnectionPool(config), { ...options, closeClient: true });
}

/** node-mssql takes no URL. Throws: InvalidOptionError for what a URL cannot say: make the pool by hand then. */
function mssqlConfig(url: string): object {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const settings: Record<string, boolean> = {};
  for (const [name, value] of searchParams) {
    if (!["encrypt", "trustServerCertificate"].includes(name) || !["true", "false"].includes(value))
      throw new InvalidOptionError(
        `${name} in the store's URL`,
        value,
        '"true" or "false" for encrypt and trustServerCertificate; for all else new MssqlJobStore(pool)',
      );
    settings[name] = value === "true";
  }
  return {
    server: hostname,
    ...(port === "" ? {} : { port: Number(port) }),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    options: settings,
  };
}

async function openOracle(url: string, options: OpenStoreOptions): Promise<JobStore> {
  const { host, username, password, pathname, search } = new URL(url);
  if (search !== "")
    throw new InvalidOptionError(
      "the store's URL",
      hidden(url),
      "one without parameters; for more new OracleJobStore(pool)",
    );
  const { OracleJobStore } = await import("./sql/oracle-job-store.ts");
  const { default: oracledb } = (await load(() => import("oracledb" as string), "oracledb", url)) as {
    default: { createPool(config: object): Promise<import("./sql/oracle-driver.ts").OraclePool> };
  }; // `as`: its default export
  const pool = await oracledb.createPool({
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectString: `${host}${pathname}`,
  });
  return new OracleJobStore(pool, { ...options, closeClient: true });
}

/** Node's own SQLite where there is one, else a package of its shape, else better-sqlite3. */
async function openDatabase(path: string): Promise<import("./sql/sqlite-driver.ts").SqliteDatabase> {
  const file = path === "" ? ":memory:" : path;
  for (const name of ["node:sqlite", "@photostructure/sqlite"]) {
    const { DatabaseSync } = (await import(name).catch(() => ({}))) as {
      DatabaseSync?: new (file: string) => import("./sql/sqlite-driver.ts").SqliteDatabase;
    }; // `as`: both export it
    if (DatabaseSync !== undefined) return new DatabaseSync(file);
  }
  const { default: Database } = await load(
    () => import("better-sqlite3" as string),
    "better-sqlite3",
    `sqlite:${path}`,
  );
  return new Database(file);
}

async function load<T>(loading: () => Promise<T>, name: string, url: string): Promise<T> {
  try {
    return await loading();
  } catch (cause) {
    throw new StoreUnavailableError(
      `Cannot open ${hidden(url)}: the package ${name} cannot be loaded. Install it: npm install ${name}`,
      { cause },
    );
  }
}

/** A URL without its password, which may hold an @ of its own: the last one ends it. */
function hidden(url: string): string {
  return url.replace(/\/\/([^:@/]*):.*@/s, "//$1:…@");
}
