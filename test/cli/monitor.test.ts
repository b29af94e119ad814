// R31: `wheelwright monitor`, its screen whole.

import { describe, expect, it } from "vitest";
import { MemoryJobStore } from "wheelwright";
import { anApp, fill, ReportJob, SendEmailJob } from "./a-queue.ts";
import { aTerminal, later, START, type Terminal, turns } from "./a-terminal.ts";

const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";

function watching(terminal: Terminal, ...flags: string[]) {
  return terminal.start("monitor", "--store", "memory:", ...flags);
}

describe("wheelwright monitor", () => {
  it("R31 shows counts, rates, what waits, what ended and what failed", async () => {
    const terminal = aTerminal({ isTTY: true });
    const jobs = await fill(terminal.store, terminal.clock);
    const [failed] = await jobs.list({ status: "failed" });

    const { ran } = await watching(terminal);
    terminal.type("q");

    expect(await ran).toMatchObject({ code: 0, stderr: "" });
    expect(terminal.screen().trimEnd()).toBe(`\
wheelwright  all queues  memory:                         2030-01-01 00:00:03 UTC

pending  processing  completed  failed  total
      2           0          1       1      4

last 60 min    0.02 completed a minute, 0s each, 50% failed
oldest pending due for 1s

ended                    took  attempt  queue         job
00:00:02  failed           0s  1/1      mail          SendEmailJob
00:00:01  completed        0s  1/1      mail          SendEmailJob

failed    the latest 1 of 1
00:00:02  ${failed?.id}  SendEmailJob
          no address: nobody
r retry all failed   q quit`);
  });

  it("is a screen of its own, and gives the terminal back", async () => {
    const terminal = aTerminal({ isTTY: true });
    const { ran } = await watching(terminal);
    terminal.type("q");
    await ran;

    expect(terminal.stdout.startsWith(ENTER)).toBe(true);
    expect(terminal.stdout.endsWith(LEAVE)).toBe(true);
    expect(terminal.clock.nextWakeAt()).toBeNull();
  });

  it("looks again after its interval", async () => {
    const terminal = aTerminal({ isTTY: true });
    const { ran } = await watching(terminal, "--interval", "5");
    await anApp(terminal.store, terminal.clock).enqueue(ReportJob);

    await later(terminal, 4.999);
    expect(terminal.screen()).toContain("oldest pending nothing waits");
    await later(terminal, 0.001);
    expect(terminal.screen()).toContain("oldest pending due for 5s");

    terminal.type("\u0003"); // Ctrl-C, as a terminal in raw mode gives it
    expect(await ran).toMatchObject({ code: 0 });
  });

  it("R28 retries all that failed of its queues at the key r, and says how many", async () => {
    const terminal = aTerminal({ isTTY: true });
    const jobs = await fill(terminal.store, terminal.clock);
    await jobs.enqueue(SendEmailJob, { to: "?" }, { queue: "other", priority: 9 });
    await jobs.processQueue({ queue: "other" });
    const { ran } = await watching(terminal, "--queue", "mail");

    terminal.type("r");
    await turns(30);

    expect(terminal.screen()).toContain("r retry all failed   q quit   1 job is pending again");
    expect(await jobs.stats()).toMatchObject({ queues: { mail: { failed: 0 }, other: { failed: 1 } } });
    await later(terminal, 2);
    expect(terminal.screen()).not.toContain("pending again");
    terminal.type("q");
    await ran;
  });

  it.each(["SIGTERM", "SIGINT"])("ends at %s", async (signal) => {
    const terminal = aTerminal({ isTTY: true });
    const { ran } = await watching(terminal);
    terminal.signal(signal);

    expect(await ran).toMatchObject({ code: 0 });
  });

  it.each([
    [80, 24],
    [80, 10],
    [120, 50],
    [72, 18],
    [20, 5],
  ])("fits into %i columns and %i rows, whatever the jobs are called", async (columns, rows) => {
    const terminal = aTerminal({ isTTY: true, columns, rows });
    const jobs = anApp(terminal.store, terminal.clock);
    for (let index = 0; index < 30; index++) {
      const to = `${"a long 名前 ".repeat(20)}\n\u001b[2J`;
      await jobs.enqueue(SendEmailJob, { to }, { queue: `queue-${"長い".repeat(20)}` });
    }
    await jobs.processQueue({ limit: 30 });
    const { ran } = await watching(terminal);
    terminal.type("q");
    await ran;

    const lines = terminal.screen().split("\n");
    expect(lines).toHaveLength(rows);
    // From 72 columns on; a narrower terminal cuts the lines itself, since wrapping is off.
    if (columns >= 72) expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
    expect(terminal.stdout).not.toContain("\u001b[2J");
  });

  it("R46 goes on when the store is away, and says so", async () => {
    const store = new MemoryJobStore();
    let isAway = true;
    const activity = store.activity.bind(store);
    store.activity = async (request) => {
      if (isAway) throw new Error("connect ECONNREFUSED");
      return activity(request);
    };
    const terminal = aTerminal({ isTTY: true, store });
    const { ran } = await watching(terminal);
    expect(terminal.screen()).toContain("the store is out of reach, trying again: connect ECONNREFUSED");

    isAway = false;
    await later(terminal, 2);
    expect(terminal.screen()).toContain("oldest pending nothing waits");

    isAway = true;
    await later(terminal, 2);
    expect(terminal.screen()).toContain("2030-01-01 00:00:02 UTC"); // what it saw last
    expect(terminal.screen()).toContain("out of reach");
    terminal.type("q");
    await ran;
  });

  it("prints a line each time without a terminal, and one for each job that failed since", async () => {
    const terminal = aTerminal();
    const jobs = await fill(terminal.store, terminal.clock);
    const { ran } = await watching(terminal, "--interval", "10");
    await jobs.enqueue(SendEmailJob, { to: "no\u0007body" });
    await later(terminal, 9);
    await jobs.processQueue();
    await later(terminal, 1);
    const [failed] = await jobs.list({ status: "failed" });
    terminal.signal("SIGTERM");

    expect(await ran).toEqual({
      code: 0,
      stderr: "",
      stdout: `\
2030-01-01T00:00:03.000Z pending=2 processing=0 completed=1 failed=1 per_minute=0.02 failed_of_last_60m=50% due_for=1s
2030-01-01T00:00:12.000Z failed SendEmailJob job=${failed?.id} queue=mail: no address: no\\u0007body
2030-01-01T00:00:13.000Z pending=1 processing=0 completed=2 failed=2 per_minute=0.03 failed_of_last_60m=50% due_for=0s
`,
    });
  });

  it("ends when nobody reads its lines any more", async () => {
    const terminal = aTerminal();
    const { ran } = await watching(terminal);
    terminal.goAway();
    await later(terminal, 2);

    expect(await ran).toMatchObject({ code: 0 });
  });

  it("prints the screen once", async () => {
    const { code, stdout } = await aTerminal().run("monitor", "--once", "--store", "memory:");

    expect(code).toBe(0);
    expect(stdout).toBe(`\
wheelwright  all queues  memory:                         2030-01-01 00:00:00 UTC

pending  processing  completed  failed  total
      0           0          0       0      0

last 60 min    0.00 completed a minute, none completed, 0% failed
oldest pending nothing waits

ended     nothing yet

failed    none
`);
  });

  it("R31 shows the queues named, and nothing of the others", async () => {
    const terminal = aTerminal();
    await fill(terminal.store, terminal.clock);

    const others = await terminal.run("monitor", "--once", "--queue", "default,reports", "--store", "memory:");
    const mail = await terminal.run("monitor", "--once", "--queue", "mail", "--store", "memory:");

    expect(others.stdout).toMatch(/^wheelwright {2}default, reports /);
    expect(others.stdout).toContain("      1           0          0       0      1\n");
    expect(others.stdout).not.toContain("SendEmailJob");
    expect(mail.stdout).toContain("      1           0          1       1      3\n");
    expect(mail.stdout).toContain("SendEmailJob");
  });

  it("looks as far back as it is told", async () => {
    const terminal = aTerminal();
    await fill(terminal.store, terminal.clock);
    terminal.clock.moveTo(new Date(START.getTime() + 120_000));

    const { stdout } = await terminal.run("monitor", "--once", "--minutes", "1", "--store", "memory:");

    expect(stdout).toContain("last 1 min    0.00 completed a minute, none completed, 0% failed");
  });
});

/** Columns of a terminal: two for the characters of East Asia. */
function widthOf(line: string): number {
  return [...line].reduce(
    (width, character) => width + (/[\u1100-\uffdc]/.test(character) && character !== "…" ? 2 : 1),
    0,
  );
}
