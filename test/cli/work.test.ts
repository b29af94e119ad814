// `wheelwright work`, in virtual time: the worker itself is held in test/engine.

import { describe, expect, it } from "vitest";
import { createJobs, Job, type JobContext, MemoryJobStore } from "wheelwright";
import { anApp, JOBS, ReportJob, SendEmailJob } from "./a-queue.ts";
import { aTerminal, later, type Terminal, type TerminalOptions } from "./a-terminal.ts";

class SlowJob extends Job<{ seconds: number }> {
  async perform({ seconds }: { seconds: number }, { sleep, log }: JobContext): Promise<void> {
    log.info("sleeps\u001b[2J", { seconds, note: "a b" });
    await sleep({ seconds });
  }
}

const config = { store: "memory:", jobs: [...JOBS, SlowJob], random: () => 0.5, workerId: "worker-1" };

function aWorker(options: TerminalOptions = {}): Terminal {
  return aTerminal({ config, ...options });
}

function started(terminal: Terminal, ...flags: string[]) {
  return terminal.start("work", ...flags);
}

/** The lines of our own, without the worker's. */
function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.includes(" worker-1 ") && !/^\s+at /.test(line));
}

describe("wheelwright work", () => {
  it("runs jobs until it is told to stop, a line for each", async () => {
    const terminal = aWorker();
    const jobs = anApp(terminal.store, terminal.clock);
    const report = await jobs.enqueue(ReportJob);
    const mail = await jobs.enqueue(SendEmailJob, { to: "nobody" });
    const { ran } = await started(terminal);
    terminal.signal("SIGTERM");

    const { code, stdout, stderr } = await ran;

    expect(code).toBe(0);
    expect(linesOf(stdout)).toEqual([
      "2030-01-01T00:00:00.000Z info  working all queues of memory:, one job at a time",
      `2030-01-01T00:00:00.000Z info  ReportJob completed job=${report.id} queue=default attempt=1 ms=0`,
      "2030-01-01T00:00:00.000Z info  SIGTERM: stopping",
      "2030-01-01T00:00:00.000Z info  stopped: 1 completed, 1 failed",
    ]);
    expect(linesOf(stderr)).toEqual([
      `2030-01-01T00:00:00.000Z error SendEmailJob failed for good in attempt 1 of 1: no address: nobody job=${mail.id} queue=mail attempt=1`,
    ]);
    expect(stderr).toMatch(/\n {4}at SendEmailJob\.perform \(/); // where it was thrown
    expect(terminal.clock.nextWakeAt()).toBeNull();
  });

  it("lets a running job finish at the first signal", async () => {
    const terminal = aWorker();
    const jobs = createJobs({ store: terminal.store, clock: terminal.clock, jobs: [SlowJob] });
    const { id } = await jobs.enqueue(SlowJob, { seconds: 10 });
    const { ran } = await started(terminal);
    await later(terminal, 1);

    terminal.signal("SIGINT");
    await later(terminal, 9);

    const { code, stdout } = await ran;
    expect(code).toBe(0);
    expect(stdout).toContain("SIGINT: taking no more jobs; 1 job that runs may finish.");
    expect(stdout).toContain("stopped: 1 completed\n");
    expect(await jobs.find(id)).toMatchObject({ status: "completed", attempts: 1 });
  });

  it.each([
    ["a second signal", "again", 1],
    ["the shutdown timeout", "once", 5],
  ])("aborts at %s, and hands the attempt back", async (_, signals, seconds) => {
    const terminal = aWorker();
    const jobs = createJobs({ store: terminal.store, clock: terminal.clock, jobs: [SlowJob] });
    const { id } = await jobs.enqueue(SlowJob, { seconds: 3600 });
    const { ran } = await started(terminal, "--shutdown-timeout", "5");

    terminal.signal("SIGTERM");
    await later(terminal, 1);
    if (signals === "again") terminal.signal("SIGTERM");
    await later(terminal, seconds);

    const { code, stdout } = await ran;
    expect(code).toBe(0);
    expect(stdout.includes("SIGTERM again: aborting 1 job that runs")).toBe(signals === "again");
    expect(stdout).toContain("stopped: 0 completed, 1 handed back\n");
    expect(await jobs.find(id)).toMatchObject({ status: "pending", attempts: 0 });
  });

  it("R13 works the queues named, as many jobs at a time and in all as it is told", async () => {
    const terminal = aWorker();
    const jobs = anApp(terminal.store, terminal.clock);
    for (const queue of ["a", "b", "c", "b", "a"]) await jobs.enqueue(ReportJob, {}, { queue });

    const { ran } = await started(terminal, "--queue", "a,b", "--concurrency", "2", "--max-jobs", "3");

    const { code, stdout } = await ran;
    expect(code).toBe(0);
    expect(stdout).toContain("working a, b of memory:, 2 jobs at a time\n");
    expect(stdout).toContain("stopped: 3 completed\n");
    expect(await jobs.stats()).toMatchObject({ totals: { completed: 3 }, queues: { c: { pending: 1 } } });
  });

  it("runs as many jobs at a time as --concurrency says", async () => {
    const terminal = aWorker();
    const jobs = createJobs({ store: terminal.store, clock: terminal.clock, jobs: [SlowJob] });
    for (let n = 0; n < 3; n++) await jobs.enqueue(SlowJob, { seconds: 10 });
    const { ran } = await started(terminal, "--concurrency", "2");

    await later(terminal, 5);
    expect(await jobs.queueStats()).toMatchObject({ pending: 1, processing: 2 });
    await later(terminal, 10);
    expect(await jobs.queueStats()).toMatchObject({ processing: 1, completed: 2 });

    await later(terminal, 5);
    terminal.signal("SIGTERM");
    expect((await ran).stdout).toContain("stopped: 3 completed\n");
  });

  it.each([
    ["every five seconds unless told", [], 1, 5],
    ["at --interval", ["--interval", "2m"], 107, 120], // Its jitter is a tenth of it here.
  ])("looks for what other processes enqueue %s", async (_what, flags, tooSoon, inTime) => {
    const terminal = aWorker();
    const { ran } = await started(terminal, ...flags);
    await anApp(terminal.store, terminal.clock).enqueue(ReportJob);

    await later(terminal, tooSoon);
    expect(await terminal.store.list({ status: "pending" })).toHaveLength(1);
    await later(terminal, inTime - tooSoon);
    expect(await terminal.store.list({ status: "completed" })).toHaveLength(1);

    terminal.signal("SIGTERM");
    await ran;
  });

  it.each([
    ["half a minute unless told", [], 30_000],
    ["--lease", ["--lease", "90"], 90_000],
  ])("holds its jobs for %s", async (_what, flags, leaseMs) => {
    const terminal = aWorker();
    const jobs = createJobs({ store: terminal.store, clock: terminal.clock, jobs: [SlowJob] });
    const { id } = await jobs.enqueue(SlowJob, { seconds: 1 });
    const { ran } = await started(terminal, "--max-jobs", "1", ...flags);

    const job = await jobs.find(id);
    expect((job?.lockedUntil?.getTime() ?? 0) - (job?.startedAt?.getTime() ?? 0)).toBe(leaseMs);

    await later(terminal, 1);
    expect(await ran).toMatchObject({ code: 0 });
  });

  it("counts attempts towards --max-jobs, those that failed as well", async () => {
    const terminal = aWorker();
    const jobs = anApp(terminal.store, terminal.clock);
    await jobs.enqueue(SendEmailJob, { to: "nobody" });
    for (let n = 0; n < 2; n++) await jobs.enqueue(ReportJob);

    const { ran } = await started(terminal, "--max-jobs", "2");

    expect((await ran).stdout).toContain("stopped: 1 completed, 1 failed\n");
    expect(await jobs.queueStats()).toMatchObject({ pending: 1 });
  });

  it("escapes what handlers log", async () => {
    const terminal = aWorker();
    const jobs = createJobs({ store: terminal.store, clock: terminal.clock, jobs: [SlowJob] });
    const { id } = await jobs.enqueue(SlowJob, { seconds: 0 });
    const { ran } = await started(terminal, "--max-jobs", "1");
    await later(terminal, 1);

    expect((await ran).stdout).toContain(
      `info  sleeps\\u001b[2J job=${id} queue=default attempt=1 seconds=0 note="a b"\n`,
    );
  });

  it("R47 tells the errors that handlers log, and values that JSON does not know", async () => {
    class TellingJob extends Job {
      perform(_: object, { log }: JobContext): void {
        log.error("upload failed", { error: new Error("reset by peer") });
        log.warn("no luck", { error: "a text", runAt: "tomorrow", cause: new Error("inner") });
        log.info("user", { user: undefined, symbol: Symbol("x"), call: () => 1, big: 10n });
      }
    }
    const terminal = aWorker({ config: { ...config, jobs: [TellingJob] } });
    await createJobs({ store: terminal.store, clock: terminal.clock, jobs: [TellingJob] }).enqueue(TellingJob);
    const { ran } = await started(terminal, "--max-jobs", "1");
    const { stdout, stderr } = await ran;

    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(/error upload failed job=\S+ queue=default attempt=1 error="reset by peer"$/),
      expect.stringMatching(
        /warn {2}no luck job=\S+ queue=default attempt=1 cause=inner runAt=tomorrow error="a text"$/,
      ),
    ]);
    expect(stdout).toMatch(/ user=undefined symbol=Symbol\(x\) call=\[Function: call\] big=10n\n/);
  });

  it("says nothing but warnings and errors when quiet", async () => {
    const terminal = aWorker();
    const jobs = anApp(terminal.store, terminal.clock);
    await jobs.enqueue(ReportJob);
    await jobs.enqueue(SendEmailJob, { to: "nobody" });

    const { ran } = await started(terminal, "--quiet", "--max-jobs", "2");

    const { stdout, stderr } = await ran;
    expect(stdout).toBe("");
    expect(linesOf(stderr)).toHaveLength(1);
  });

  it("R46 keeps trying while the database is away, unless it may give up", async () => {
    const store = new MemoryJobStore();
    store.claim = () => Promise.reject(new Error("connect ECONNREFUSED"));
    const terminal = aWorker({ store });
    const { ran } = await started(terminal, "--give-up-after", "5m");

    await later(terminal, 299);
    expect(terminal.stderr).not.toContain("wheelwright:");
    await later(terminal, 61);

    const { code, stderr } = await ran;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^wheelwright: .*ECONNREFUSED/);
  });

  it("leaves the lines to the app's own logger", async () => {
    const lines: string[] = [];
    const info = (message: string) => lines.push(message);
    const terminal = aWorker({ config: { ...config, logger: { info, warn: info, error: info } } });
    await anApp(terminal.store, terminal.clock).enqueue(ReportJob);

    const { ran } = await started(terminal, "--max-jobs", "1");

    expect(linesOf((await ran).stdout)).toHaveLength(2); // working, stopped
    expect(lines).toContain("ReportJob completed");
  });

  it("tells what an app's own Jobs without a logger would not", async () => {
    const terminal = aTerminal();
    const jobs = createJobs({ ...config, store: terminal.store, clock: terminal.clock });
    const { id } = await jobs.enqueue(ReportJob);
    const own = aTerminal({ config: jobs, clock: terminal.clock });

    const { ran } = await started(own, "--max-jobs", "1");

    expect((await ran).stdout).toContain(`info  ReportJob completed in 0s job=${id} queue=default\n`);
  });
});
