// R27: `wheelwright status`, its texts whole.

import { describe, expect, it } from "vitest";
import { anApp, fill, ReportJob } from "./a-queue.ts";
import { aTerminal } from "./a-terminal.ts";

describe("wheelwright status", () => {
  it("R27 counts the jobs of each queue, with a TOTAL", async () => {
    const terminal = aTerminal();
    await fill(terminal.store, terminal.clock);

    expect(await terminal.run("status", "--store", "memory:")).toEqual({
      code: 0,
      stderr: "",
      stdout: `\
queue    pending  processing  completed  failed  total
default        1           0          0       0      1
mail           1           0          1       1      3
TOTAL          2           0          1       1      4
`,
    });
  });

  it("counts the queues named, those without a job too", async () => {
    const terminal = aTerminal();
    await fill(terminal.store, terminal.clock);

    const { stdout } = await terminal.run("status", "--store", "memory:", "--queue", "mail,reports");

    expect(stdout).toBe(`\
queue    pending  processing  completed  failed  total
mail           1           0          1       1      3
reports        0           0          0       0      0
TOTAL          1           0          1       1      3
`);
  });

  it("says so of a store that is empty", async () => {
    const { stdout } = await aTerminal().run("status", "--store", "memory:");

    expect(stdout).toBe(`\
queue  pending  processing  completed  failed  total
TOTAL        0           0          0       0      0
`);
  });

  it("gives { queues, totals } as JSON", async () => {
    const terminal = aTerminal();
    await fill(terminal.store, terminal.clock);

    const { stdout } = await terminal.run("status", "--store", "memory:", "--format", "json", "--queue=mail");

    const mail = { pending: 1, processing: 0, completed: 1, failed: 1, total: 3 };
    expect(JSON.parse(stdout)).toEqual({ queues: { mail }, totals: mail });
  });

  it("gives the text format of Prometheus", async () => {
    const terminal = aTerminal();
    await fill(terminal.store, terminal.clock);

    const { stdout } = await terminal.run("status", "--store", "memory:", "--format=prometheus", "--queue=mail");

    expect(stdout).toBe(`\
# HELP wheelwright_jobs Jobs in the store, by queue and status.
# TYPE wheelwright_jobs gauge
wheelwright_jobs{queue="mail",status="pending"} 1
wheelwright_jobs{queue="mail",status="processing"} 0
wheelwright_jobs{queue="mail",status="completed"} 1
wheelwright_jobs{queue="mail",status="failed"} 1
# HELP wheelwright_oldest_due_seconds How long the job that waits longest has been due; 0 when none is.
# TYPE wheelwright_oldest_due_seconds gauge
wheelwright_oldest_due_seconds{queue="mail"} 1
# HELP wheelwright_ended_5m Jobs that completed, or failed for good, in the last 5 minutes.
# TYPE wheelwright_ended_5m gauge
wheelwright_ended_5m{queue="mail",status="completed"} 1
wheelwright_ended_5m{queue="mail",status="failed"} 1
# HELP wheelwright_mean_duration_seconds_5m Mean time from start to end of the jobs completed in the last 5 minutes.
# TYPE wheelwright_mean_duration_seconds_5m gauge
wheelwright_mean_duration_seconds_5m{queue="mail"} 0
`);
  });

  it("BM-181 lets no queue's name move the cursor", async () => {
    const terminal = aTerminal();
    const name = "a\u001b[2Jb\nc\u009b\u202e";
    await anApp(terminal.store, terminal.clock).enqueue(ReportJob, {}, { queue: name });

    const table = await terminal.run("status", "--store", "memory:");
    const json = await terminal.run("status", "--store", "memory:", "--format", "json");
    const prometheus = await terminal.run("status", "--store", "memory:", "--format", "prometheus");

    expect(table.stdout).toContain("a\\u001b[2Jb\\nc\\u009b\\u202e        1");
    for (const character of "\u001b\u009b\u202e") expect(json.stdout).not.toContain(character);
    expect(Object.keys(JSON.parse(json.stdout).queues)).toEqual([name]);
    expect(prometheus.stdout).toContain(
      `wheelwright_jobs{queue="a\\\\u001b[2Jb\\nc\\\\u009b\\\\u202e",status="pending"} 1`,
    );
  });

  it.each([
    ["a terminal", { isTTY: true, env: {} }, true],
    ["a pipe", { isTTY: false, env: {} }, false],
    ["a terminal with NO_COLOR", { isTTY: true, env: { NO_COLOR: "1" } }, false],
    ["a terminal with an empty NO_COLOR", { isTTY: true, env: { NO_COLOR: "" } }, true],
    ["a pipe with FORCE_COLOR", { isTTY: false, env: { FORCE_COLOR: "1" } }, true],
    ["a terminal with FORCE_COLOR=0", { isTTY: true, env: { FORCE_COLOR: "0" } }, false],
    ["a terminal that knows none", { isTTY: true, env: { TERM: "dumb" } }, false],
  ])("knows whether %s wants colours", async (_, options, wanted) => {
    const { stdout } = await aTerminal(options).run("status", "--store", "memory:");

    expect(stdout.includes("\u001b[1m")).toBe(wanted);
  });
});
