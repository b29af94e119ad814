// R33: `wheelwright schedule`, and schedules of a worker.

import { describe, expect, it } from "vitest";
import { Job } from "wheelwright";
import { ReportJob } from "./a-queue.ts";
import { aTerminal, later } from "./a-terminal.ts";

class NightlyJob extends Job {
  static override schedule = "5 0 * * *";
  perform(): void {}
}

const config = {
  store: "memory:",
  jobs: [ReportJob, NightlyJob],
  schedules: [
    { name: "berlin", schedule: "30 9 * * 1-5", timezone: "Europe/Berlin", job: ReportJob, queue: "reports" },
    { name: "never mind", schedule: "@hourly", job: ReportJob, enabled: false },
  ],
};

describe("wheelwright schedule list", () => {
  it("R33 tells what runs next, and what ran", async () => {
    const terminal = aTerminal({ config });
    await terminal.run("schedule", "list"); // croner is loaded by now
    const { ran } = await terminal.start("work");
    await later(terminal, 600);
    terminal.signal("SIGTERM");
    await ran;

    const { code, stdout } = await terminal.run("schedule", "list");

    expect(code).toBe(0);
    expect(stdout).toBe(`\
name        schedule      zone           job         next (UTC)        last (UTC)        runs
NightlyJob  5 0 * * *     UTC            NightlyJob  2030-01-02 00:05  2030-01-01 00:05     1
berlin      30 9 * * 1-5  Europe/Berlin  ReportJob   2030-01-01 08:30  never                0
never mind  @hourly       UTC            ReportJob   off               never                0
`);
  });

  it("gives all there is to know as JSON", async () => {
    const { stdout } = await aTerminal({ config }).run("schedule", "list", "--format", "json");

    expect(JSON.parse(stdout)).toHaveLength(3);
    expect(JSON.parse(stdout)[1]).toMatchObject({ name: "berlin", queue: "reports", data: {}, runCount: 0 });
  });

  it("says how to have one", async () => {
    const { code, stdout } = await aTerminal({ config: { jobs: [] } }).run("schedule", "list");

    expect([code, stdout]).toEqual([
      0,
      "There are no schedules: give a class a static schedule, or the config schedules: […].\n",
    ]);
  });
});

describe("wheelwright schedule run", () => {
  it("enqueues its job now, as it would", async () => {
    const terminal = aTerminal({ config });

    const { code, stdout } = await terminal.run("schedule", "run", "berlin");

    const [job] = await terminal.store.list({});
    expect([code, stdout]).toEqual([0, `ReportJob ${job?.id} enqueued in reports.\n`]);
    expect(job).toMatchObject({ jobClass: "ReportJob", queue: "reports", runAt: terminal.clock.now() });
  });

  it("tells an unknown name which there are", async () => {
    const { code, stderr } = await aTerminal({ config }).run("schedule", "run", "nightly");

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^wheelwright: There is no schedule "nightly"\. .*Known: berlin, never mind, NightlyJob\.\n$/,
    );
  });
});

describe("wheelwright work", () => {
  it("fires no schedules when told so", async () => {
    const terminal = aTerminal({ config });
    const { ran } = await terminal.start("work", "--no-schedules");
    await later(terminal, 600);
    terminal.signal("SIGTERM");
    await ran;

    expect(await terminal.store.list({})).toEqual([]);
  });
});
