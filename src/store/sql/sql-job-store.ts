// A job store over SQL: plans made for a dialect, played by a driver.

import { brand } from "../../job/brand.ts";
import { InvalidOptionError, StoreUnavailableError, WheelwrightError, WouldWaitError } from "../../job/errors.ts";
import type { Outcome } from "../../job/outcome.ts";
import type { Claim, EnqueuedJob, JobRecord, JobStatus, NewJob } from "../../job/record.ts";
import type {
  Activity,
  ActivityRequest,
  ClaimKey,
  ClaimRequest,
  DueRequest,
  InsertAt,
  JobFilter,
  JobStore,
  RetryAnswer,
  Settlement,
  StatusCounts,
} from "../job-store.ts";
import type { ScheduleStore } from "../schedule-store.ts";
import { claim, claimNeedsTransaction, due } from "./claim.ts";
import type { Dialect } from "./dialect.ts";
import { type How, type SqlDriver, unavailable } from "./driver.ts";
import { insert, isOneStatement } from "./insert.ts";
import { activity, expired, get, list, nextLeaseEndAt, nextRunAt, stats } from "./look.ts";
import { purgeBatch, remove, retry, retryFailed } from "./look-after.ts";
import { type Plan, planFor } from "./plan.ts";
import {
  list as listSchedules,
  put as putSchedules,
  remove as removeSchedule,
  schedulesStatement,
  schedulesTable,
  setUpSchedules,
  tick,
} from "./schedules.ts";
import { allStatements, columnsOf, dropTable, missingColumns, schemaStatements, setUp } from "./schema.ts";
import { extend, settle } from "./settle.ts";
import { settleMany, settlesInOneStatement } from "./settle-many.ts";
import { ask, inSavepoint, type SqlRow, type SqlValue, type Work } from "./step.ts";
import { DEFAULT_TABLE, tableName, toRecord } from "./table.ts";

export interface SqlStoreOptions {
  /** `wheels_jobs` unless told; letters, digits and underscores, with a schema in front if need be. */
  readonly table?: string | undefined;
  /** `false`: the table is not made but has to be there; where it is not, the error holds the statements to run (R32). */
  readonly setup?: boolean | undefined;
}

/** The table is not there, or lacks columns, and the store was told not to make it. The text holds the statements to run. */
export class SetupRequiredError extends WheelwrightError {
  override readonly code = "SETUP_REQUIRED";
  /** Statements that make the table. */
  readonly statements: readonly string[];

  constructor(table: string, missing: readonly string[], statements: readonly string[]) {
    super(
      `The table ${table} lacks ${missing.join(", ")}, and setup is false. Run:\n${statements.map((statement) => `${statement};`).join("\n")}`,
    );
    this.statements = statements;
  }
}
brand(SetupRequiredError.prototype, "error/SetupRequiredError");

/** Every rule a store has to hold is in `wheelwright/contract`; this one passes it on each of its databases. */
export class SqlJobStore implements JobStore {
  readonly name: string;
  /** In a table of their own, `<table>_schedules`, made with the first of them. */
  readonly schedules: ScheduleStore = {
    put: (schedules, { now }) => this.#onSchedules("keep schedules", (plan) => putSchedules(plan, schedules, now)),
    list: () => this.#onSchedules("list schedules", listSchedules),
    tick: (request, at) => {
      const tell = this.#tell;
      const fire = (plan: Plan) => tick(plan, request, at);
      return this.#onSchedules("fire a schedule", tell === null ? fire : (plan) => andThen(fire(plan), tell));
    },
    remove: (name) => this.#onSchedules("remove a schedule", (plan) => removeSchedule(plan, name)),
  };
  readonly insertSync?: (jobs: readonly NewJob[], at: InsertAt) => readonly EnqueuedJob[];
  protected readonly driver: SqlDriver;
  readonly #table: string;
  readonly #setup: boolean;
  /** What tells other processes of an insert, part of it; null where nothing does. */
  readonly #tell: (() => Work<void>) | null;
  #plan: Plan | null = null;
  #isReady = false;
  #hasSchedules = false;
  #settingUp: Promise<void> | null = null;
  #isClosed = false;

  /** `tell` is played after each insert, in its transaction where it has one. */
  constructor(name: string, driver: SqlDriver, options: SqlStoreOptions = {}, tell: (() => Work<void>) | null = null) {
    this.name = name;
    this.driver = driver;
    this.#tell = tell;
    this.#table = tableName(options.table ?? DEFAULT_TABLE);
    if (options.setup !== undefined && typeof options.setup !== "boolean")
      throw new InvalidOptionError("setup", options.setup, "true or false");
    this.#setup = options.setup ?? true;
    if (driver.runSync !== undefined) this.insertSync = (jobs, at) => this.#insertSync(jobs, at);
  }

  get table(): string {
    return this.#table;
  }

  /** The statements that make the table, and that of schedules, for a migration of the app's own. */
  async schema(): Promise<readonly string[]> {
    return allStatements(await this.driver.connect(), this.#table);
  }

  /** Runs one statement of the app's own against the store's database, `?` for parameters. For tests and tools. */
  async query(sql: string, params: readonly SqlValue[] = []): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return (await this.#run("run a statement", () => ask(sql, params))).rows;
  }

  /** What time the database has. For `databaseClock` alone: no rule of a store reads it (R45). */
  async databaseNow(): Promise<Date> {
    const [row] = await this.#run("ask the database for the time", ({ dialect }) => rowsOf(dialect.now));
    return new Date(Number(row?.now));
  }

  /** Drops the store's tables with all they hold. For tests. */
  async dropTable(): Promise<void> {
    const dialect = await this.driver.connect();
    for (const table of [this.#table, schedulesTable(this.#table)])
      await this.driver.run(() => dropTable(dialect, table), { verb: "drop the table" });
    this.#isReady = false;
    this.#hasSchedules = false;
  }

  /** The same for good: what is under way does not make it anew. */
  async dropTableAndClose(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#settingUp?.catch(() => undefined);
    try {
      await this.dropTable();
    } finally {
      await this.driver.close();
    }
  }

  /** Drops the tables whose names begin with `prefix` and of which `isOver` says yes. For tests that were killed. */
  async dropTables(prefix: string, isOver: (table: string) => boolean): Promise<void> {
    const dialect = await this.driver.connect();
    const { listTables } = dialect;
    if (listTables === null) return;
    const verb = "drop tables";
    const { rows } = await this.driver.run(() => ask(listTables, [`${prefix}%`]), { verb });
    for (const name of rows.map((row) => String(row.name ?? row.NAME))) {
      // That of schedules is longer than a store's own may be.
      if (name.startsWith(prefix) && /^\w+$/.test(name) && isOver(name)) {
        await this.driver.run(() => dropTable(dialect, name), { verb });
      }
    }
  }

  async setup(): Promise<void> {
    this.#assertOpen("set up");
    this.#isReady = false;
    try {
      await this.#ready();
    } catch (error) {
      throw unavailable("set up", error);
    }
  }

  insert(jobs: readonly NewJob[], at: InsertAt): Promise<readonly EnqueuedJob[]> {
    if (jobs.length === 0) return Promise.resolve([]);
    const tell = this.#tell;
    return this.#run(
      "enqueue",
      (plan) => (tell === null ? insertAll(plan, jobs, at) : andThen(insertAll(plan, jobs, at), tell)),
      (plan) => ({ transaction: !isOneStatement(jobs, plan), within: at.transaction }),
    );
  }

  async due(request: DueRequest): Promise<readonly JobRecord[]> {
    return (await this.#run("list due jobs", (plan) => due(plan, request, plan.columns))).map((row) => toRecord(row));
  }

  claim(request: ClaimRequest): Promise<readonly Claim[]> {
    return this.#run(
      "claim jobs",
      (plan) => claim(plan, request),
      (plan) => ({ transaction: claimNeedsTransaction(plan) }),
    );
  }

  extend(claimed: ClaimKey, extension: Parameters<JobStore["extend"]>[1]): Promise<"held" | "lost"> {
    return this.#run("extend a lease", (plan) => extend(plan, claimed, extension));
  }

  settle(claimed: ClaimKey, outcome: Outcome, at: Parameters<JobStore["settle"]>[2]): Promise<"settled" | "lost"> {
    return this.#run("settle a job", (plan) => settle(plan, claimed, outcome, at));
  }

  settleMany(
    settlements: readonly Settlement[],
    at: Parameters<JobStore["settle"]>[2],
  ): Promise<readonly ("settled" | "lost")[]> {
    if (settlements.length === 0) return Promise.resolve([]);
    return this.#run(
      "settle jobs",
      (plan) => settleMany(plan, settlements, at),
      (plan) => ({ transaction: !settlesInOneStatement(plan, settlements, at) }),
    );
  }

  expired(request: Parameters<JobStore["expired"]>[0]): Promise<readonly Claim[]> {
    return this.#run("look for expired leases", (plan) => expired(plan, request));
  }

  nextRunAt({ queues }: Parameters<JobStore["nextRunAt"]>[0]): Promise<Date | null> {
    return this.#run("look for the next job", (plan) => nextRunAt(plan, queues));
  }

  nextLeaseEndAt(): Promise<Date | null> {
    return this.#run("look for the next lease end", (plan) => nextLeaseEndAt(plan));
  }

  get(id: string): Promise<JobRecord | null> {
    return this.#run("get a job", (plan) => get(plan, id));
  }

  list(filter: JobFilter): Promise<readonly JobRecord[]> {
    return this.#run("list jobs", (plan) => list(plan, filter));
  }

  stats({ queues }: Parameters<JobStore["stats"]>[0]): Promise<ReadonlyMap<string, StatusCounts>> {
    return this.#run("count jobs", (plan) => stats(plan, queues));
  }

  activity(request: ActivityRequest): Promise<Activity> {
    return this.#run("report activity", (plan) => activity(plan, request));
  }

  retry(id: string, { now }: { readonly now: Date }): Promise<RetryAnswer> {
    return this.#run(
      "retry a job",
      (plan) => retry(plan, id, now),
      () => ({ transaction: true, againOnDuplicate: true }),
    );
  }

  retryFailed(request: Parameters<JobStore["retryFailed"]>[0]): Promise<number> {
    return this.#run(
      "retry failed jobs",
      (plan) => retryFailed(plan, request),
      () => ({ transaction: true, againOnDuplicate: true }),
    );
  }

  /** In batches, each its own transaction: a clean-up of a million rows locks nobody out (good_job#1711). */
  async purge(request: Parameters<JobStore["purge"]>[0]): Promise<number> {
    let count = 0;
    for (;;) {
      const deleted = await this.#run("purge", (plan) => purgeBatch(plan, request));
      if (deleted === 0) return count;
      count += deleted;
    }
  }

  remove(id: string): Promise<"removed" | "missing" | JobStatus> {
    return this.#run("cancel a job", (plan) => remove(plan, id));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.driver.close();
  }

  #insertSync(jobs: readonly NewJob[], at: InsertAt): readonly EnqueuedJob[] {
    const { runSync, dialect } = this.driver;
    if (runSync === undefined || dialect === null) throw new TypeError("insertSync of an asynchronous driver");
    this.#assertOpen("enqueue");
    const { transaction: within, atOnce = false } = at;
    if (atOnce && within !== undefined && this.driver.canRunSync?.(within) === false) throw new WouldWaitError();
    const plan = this.#planOf(dialect);
    const how = { verb: "enqueue", transaction: !isOneStatement(jobs, plan), within };
    try {
      // Inside of a transaction SQLite waits by itself, for the row is to be there when this returns (R9).
      this.#readySync(atOnce && within === undefined);
      return runSync(() => insertAll(plan, jobs, at), { ...how, atOnce: atOnce && within === undefined });
    } catch (error) {
      if (atOnce && within === undefined && this.driver.canWait?.(error) === true) throw new WouldWaitError();
      throw unavailable("enqueue", error);
    }
  }

  /** On a synchronous driver the work is done when this returns. */
  #run<T>(
    verb: string,
    make: (plan: Plan) => Work<T>,
    how: (plan: Plan) => Omit<How, "verb"> = () => ({}),
  ): Promise<T> {
    const { runSync, dialect } = this.driver;
    let atOnce = false;
    try {
      this.#assertOpen(verb);
      if (runSync === undefined || dialect === null) return this.#runAsync(verb, make, how);
      const plan = this.#planOf(dialect);
      const rest = how(plan);
      if (rest.within !== undefined && this.driver.canRunSync?.(rest.within) === false)
        return this.#runAsync(verb, make, how);
      atOnce = rest.within === undefined;
      this.#readySync(atOnce);
      return Promise.resolve(runSync(() => make(plan), { ...rest, verb, atOnce }));
    } catch (error) {
      if (atOnce && this.driver.canWait?.(error) === true) return this.#runAsync(verb, make, how);
      return Promise.reject(unavailable(verb, error));
    }
  }

  async #runAsync<T>(verb: string, make: (plan: Plan) => Work<T>, how: (plan: Plan) => Omit<How, "verb">): Promise<T> {
    try {
      const plan = await this.#ready();
      try {
        return await this.driver.run(() => make(plan), { ...how(plan), verb });
      } catch (error) {
        if (!plan.dialect.isMissingTable(error) || how(plan).within !== undefined || this.#isClosed) throw error;
      }
      // The table was dropped, or was made in a transaction that was rolled back.
      this.#isReady = false;
      return await this.driver.run(() => make(plan), { ...how(await this.#ready()), verb });
    } catch (error) {
      throw unavailable(verb, error);
    }
  }

  /** Each in a transaction; two that put the same schedule meet, and the later one finds it there. */
  async #onSchedules<T>(verb: string, make: (plan: Plan) => Work<T>): Promise<T> {
    this.#assertOpen(verb);
    try {
      if (!this.#hasSchedules) await this.#makeSchedules();
    } catch (error) {
      throw unavailable(verb, error);
    }
    return this.#run(verb, make, () => ({ transaction: true, againOnDuplicate: true }));
  }

  async #makeSchedules(): Promise<void> {
    const plan = await this.#ready();
    const verb = "make the table of schedules";
    this.#assertOpen(verb);
    const table = schedulesTable(this.#table);
    if (this.#setup) await this.driver.run(() => setUpSchedules(plan), { verb });
    else if ((await this.driver.run(() => columnsOf(plan.dialect, table), { verb }))?.size === 0)
      throw new SetupRequiredError(table, ["all its columns"], [schedulesStatement(plan.dialect, this.#table)]);
    this.#hasSchedules = true;
  }

  async #ready(): Promise<Plan> {
    const dialect = this.driver.dialect ?? (await this.driver.connect());
    const plan = this.#planOf(dialect);
    if (this.#isReady) return plan;
    this.#settingUp ??= this.#makeReady(dialect).finally(() => {
      this.#settingUp = null;
    });
    await this.#settingUp;
    return plan;
  }

  async #makeReady(dialect: Dialect): Promise<void> {
    const verb = "make the table";
    this.#assertOpen(verb);
    if (this.#setup)
      await this.driver.run(() => setUp(dialect, this.#table), { verb, transaction: dialect.name === "sqlite" });
    else this.#refuse(dialect, await this.driver.run(() => missingColumns(dialect, this.#table), { verb }));
    this.#isReady = true;
  }

  #readySync(atOnce = false): void {
    const { runSync, dialect } = this.driver;
    if (this.#isReady || runSync === undefined || dialect === null) return;
    const verb = "make the table";
    if (this.#setup) runSync(() => setUp(dialect, this.#table), { verb, transaction: true, atOnce });
    else
      this.#refuse(
        dialect,
        runSync(() => missingColumns(dialect, this.#table), { verb, atOnce }),
      );
    this.#isReady = true;
  }

  #refuse(dialect: Dialect, missing: readonly string[]): void {
    if (missing.length > 0) throw new SetupRequiredError(this.#table, missing, schemaStatements(dialect, this.#table));
  }

  #planOf(dialect: Dialect): Plan {
    this.#plan ??= planFor(dialect, this.#table);
    return this.#plan;
  }

  #assertOpen(attempted: string): void {
    if (this.#isClosed) throw new StoreUnavailableError(`Cannot ${attempted}: this ${this.name} store was closed.`);
  }
}

function* andThen<T>(work: Work<T>, tell: () => Work<void>): Work<T> {
  const result = yield* work;
  yield* tell();
  return result;
}

function* rowsOf(sql: string): Work<readonly SqlRow[]> {
  return (yield* ask(sql)).rows;
}

/** In a transaction of the app's a list that fails must leave nothing behind either (R10). */
function insertAll(plan: Plan, jobs: readonly NewJob[], at: InsertAt): Work<readonly EnqueuedJob[]> {
  const work = insert(plan, jobs, at);
  return at.transaction === undefined || jobs.length === 1 ? work : inSavepoint(work, plan.dialect);
}
