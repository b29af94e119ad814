// R28 and R29 from the command line, an enqueue by hand, and the statements that make the table.

import { describe, expect, it } from "vitest";
import { createJobs } from "wheelwright";
import { fill, JOBS, SendEmailJob } from "./a-queue.ts";
import { aTerminal, START, turns } from "./a-terminal.ts";

const DAY_MS = 86_400_000;

describe("wheelwright retry", () => {
  it("R28 makes all that failed pending again", async () => {
    const terminal = aTerminal();
    const jobs = await fill(terminal.store, terminal.clock);

    expect(await terminal.run("retry", "--store", "memory:")).toEqual({
      code: 0,
      stdout: "1 job is pending again.\n",
      stderr: "",
    });
    expect(await jobs.queueStats({ queue: "mail" })).toMatchObject({ pending: 2, failed: 0 });
    expect((await terminal.run("retry", "--store", "memory:")).stdout).toBe("0 jobs are pending again.\n");
  });

  it("R28 takes a queue and a limit", async () => {
    const terminal = aTerminal();
    const jobs = await fill(terminal.store, terminal.clock);
    for (const to of ["x", "y"]) await jobs.enqueue(SendEmailJob, { to });
    await jobs.processQueue();

    expect((await terminal.run("retry", "--store", "memory:", "--queue", "default")).stdout).toMatch(/^0 jobs/);
    expect((await terminal.run("retry", "--store", "memory:", "--queue=mail", "--limit=2")).stdout).toMatch(/^2 jobs/);
    expect(await jobs.queueStats()).toMatchObject({ failed: 1 });
  });

  it("R28 makes one job pending again, and refuses one that has not failed", async () => {
    const terminal = aTerminal();
    const jobs = await fill(terminal.store, terminal.clock);
    const [failed] = await jobs.list({ status: "failed" });
    const [pending] = await jobs.list({ status: "pending" });

    const ran = await terminal.run("retry", String(failed?.id), "--store", "memory:");
    const refused = await terminal.run("retry", String(pending?.id), "--store", "memory:");

    expect(ran).toEqual({ code: 0, stdout: `SendEmailJob ${failed?.id} is pending again in mail.\n`, stderr: "" });
    expect(refused).toEqual({
      code: 1,
      stdout: "",
      stderr: `wheelwright: Cannot retry job ${pending?.id}: it is pending, and only a failed job can be.\n`,
    });
  });
});

describe("wheelwright purge", () => {
  const answers: readonly (readonly [typed: string, isMeant: boolean])[] = [
    ["y\n", true],
    ["Yes\n", true],
    ["n\n", false],
    ["\n", false],
    ["yesterday\n", false],
  ];

  it.each(answers)("asks first on a terminal: %j", async (typed, isMeant) => {
    const terminal = aTerminal({ isTTY: true });
    const jobs = await fill(terminal.store, terminal.clock);
    terminal.clock.moveTo(new Date(START.getTime() + 8 * DAY_MS));
    terminal.type(typed);

    const { code, stdout } = await terminal.run("purge", "--completed", "--store", "memory:");

    const question = "Delete the completed jobs that ended more than 7 days ago from all queues of memory:? [y/N] ";
    expect(stdout).toBe(`${question}${isMeant ? "1 job was deleted." : "Nothing was deleted."}\n`);
    expect(code).toBe(isMeant ? 0 : 1);
    expect((await jobs.queueStats()).completed).toBe(isMeant ? 0 : 1);
  });

  it("takes the end of what is typed for no", async () => {
    const terminal = aTerminal({ isTTY: true });
    const ran = terminal.run("purge", "--completed", "--store", "memory:");
    await turns();
    terminal.hangUp();

    expect(await ran).toMatchObject({ code: 1 });
  });

  it.each([
    ["without a terminal", { isTTY: false }, []],
    ["when told to", { isTTY: true }, ["--force"]],
  ])("does not ask %s", async (_, options, flags) => {
    const terminal = aTerminal(options);
    const jobs = await fill(terminal.store, terminal.clock);
    terminal.clock.moveTo(new Date(START.getTime() + 8 * DAY_MS));

    const { stdout } = await terminal.run("purge", "--completed", "--failed", "--store", "memory:", ...flags);

    expect(stdout).toBe("2 jobs were deleted.\n");
    expect(await jobs.queueStats()).toMatchObject({ pending: 2, completed: 0, failed: 0 });
  });

  it("R29 spares what is not older, and other queues", async () => {
    const terminal = aTerminal();
    const jobs = await fill(terminal.store, terminal.clock);
    terminal.clock.moveTo(new Date(START.getTime() + 8 * DAY_MS));

    await terminal.run("purge", "--completed", "--failed", "--older-than", "9", "--store", "memory:");
    await terminal.run("purge", "--completed", "--failed", "--queue", "default", "--store", "memory:");
    expect(await jobs.queueStats()).toMatchObject({ completed: 1, failed: 1 });

    const half = await terminal.run("purge", "--failed", "--older-than", "0.5", "--store", "memory:");
    expect(half.stdout).toBe("1 job was deleted.\n");
    expect(await jobs.queueStats()).toMatchObject({ completed: 1, failed: 0 });
  });
});

describe("wheelwright enqueue", () => {
  it("enqueues by the class's name, with its settings", async () => {
    const terminal = aTerminal({ config: { store: "memory:", jobs: JOBS } });

    const { code, stdout } = await terminal.run("enqueue", "SendEmailJob", "--data", `{"to":"ada@example.org"}`);

    const [job] = await terminal.store.list({});
    expect(stdout).toBe(`SendEmailJob ${job?.id} enqueued in mail, due 2030-01-01T00:00:00.000Z.\n`);
    expect(code).toBe(0);
    expect(job).toMatchObject({ queue: "mail", maxRetries: 1, data: { to: "ada@example.org" } });
  });

  it.each([
    [["--delay", "5m"], { runAt: new Date("2030-01-01T00:05:00Z") }],
    [["--delay", "1.5"], { runAt: new Date("2030-01-01T00:00:01.500Z") }],
    [["--at", "2030-01-31T09:00:00+01:00"], { runAt: new Date("2030-01-31T08:00:00Z") }],
    [["--at", "2030-01-31"], { runAt: new Date("2030-01-31T00:00:00Z") }],
    [["--queue", "slow", "--priority", "low"], { queue: "slow", priority: -10 }],
    [["--priority=-3"], { priority: -3 }],
  ])("takes %j", async (flags, expected) => {
    const terminal = aTerminal({ config: { store: "memory:", jobs: JOBS } });

    await terminal.run("enqueue", "ReportJob", ...flags);

    expect(await terminal.store.list({})).toEqual([expect.objectContaining(expected)]);
  });

  it("tells an unknown class which there are", async () => {
    const terminal = aTerminal({ config: { store: "memory:", jobs: JOBS } });

    expect(await terminal.run("enqueue", "SendMailJob")).toEqual({
      code: 1,
      stdout: "",
      stderr: `wheelwright: No job class "SendMailJob" is registered. Did you mean "SendEmailJob"? Registered: SendEmailJob, ReportJob. Pass it in createJobs({ jobs }).\n`,
    });
  });

  it("needs a config, and says how to have one", async () => {
    const { code, stderr } = await aTerminal().run("enqueue", "ReportJob", "--store", "memory:");

    expect(code).toBe(2);
    expect(stderr).toBe(
      `wheelwright: There is no wheelwright.config.{ts,mts,js,mjs,cjs} in /nowhere or above it. Make one with "wheelwright init", name one with --config PATH, or name a store with --store URL.\n`,
    );
  });

  it("works on the app's own Jobs, too", async () => {
    const terminal = aTerminal();
    const jobs = createJobs({ store: terminal.store, clock: terminal.clock, jobs: JOBS });

    await aTerminal({ config: jobs }).run("enqueue", "ReportJob");

    expect(await terminal.store.list({})).toMatchObject([{ jobClass: "ReportJob" }]);
  });
});

describe("wheelwright schema", () => {
  it.each(["sqlite", "postgres", "mysql", "mariadb"])("R32 prints the statements for %s", async (dialect) => {
    const { code, stdout } = await aTerminal().run("schema", "--dialect", dialect, "--table", "shop_jobs");

    expect(code).toBe(0);
    expect(stdout).toMatch(/^CREATE TABLE IF NOT EXISTS shop_jobs \(\n/);
    expect(stdout.split(";\n\n").length).toBeGreaterThan(4);
    expect(stdout).toContain("CREATE TABLE IF NOT EXISTS shop_jobs_schedules (");
    expect(stdout).toMatch(/;\n$/);
  });

  it.each(["mssql", "oracle"])("R32 prints them for %s, which passes over no table that is there", async (dialect) => {
    const { code, stdout } = await aTerminal().run("schema", "--dialect", dialect, "--table", "shop_jobs");

    expect(code).toBe(0);
    expect(stdout.split(";\n\n").map((statement) => statement.split(/ \(| ON /)[0])).toEqual([
      "CREATE TABLE shop_jobs",
      "CREATE INDEX shop_jobs_due",
      "CREATE INDEX shop_jobs_queue",
      "CREATE INDEX shop_jobs_leases",
      "CREATE UNIQUE INDEX shop_jobs_live_key",
      "CREATE TABLE shop_jobs_schedules",
    ]);
  });

  it("refuses a table's name that could not stand in a statement", async () => {
    const { code, stderr } = await aTerminal().run("schema", "--dialect", "sqlite", "--table", "a; DROP TABLE b");

    expect(code).toBe(1);
    expect(stderr).toContain('table is "a; DROP TABLE b"; expected letters, digits and underscores');
  });
});
