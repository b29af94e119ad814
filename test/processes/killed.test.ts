// Workers that are killed, in processes of their own, on real databases: nothing is lost, nothing completes twice.
// Real time is needed here: a killed process has no clock that a test could move. Nothing asserts on how long things take.

import { setTimeout } from "node:timers/promises";
import { describe, expect, inject, it } from "vitest";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { aSite, type WorkerProcess } from "./a-site.ts";
import { StepJob, WaitJob } from "./jobs.ts";

const THOROUGH = process.env.TEST_THOROUGH === "1";
const KILLS = THOROUGH ? 20 : 2;
const WORKERS = THOROUGH ? 3 : 2;
const SEED = Number(process.env.SEED ?? 7);

const mysqlUrl = inject("mysqlUrl");
const stores: readonly (readonly [name: string, url: string])[] = [
  ["an SQLite file", "sqlite:"],
  ...(THOROUGH ? [["PostgreSQL", inject("postgresUrl")] as const] : []),
  ...(THOROUGH && mysqlUrl !== null ? [["MySQL", mysqlUrl] as const] : []),
];
if (THOROUGH && mysqlUrl === null) describe("MySQL", () => it.skip("needs MYSQL_URL=mysql://…"));

describe.concurrent.each(stores)("workers on %s", (name, url) => {
  it(`R25 R24 lose no job and complete none twice when they are killed at random moments, ${KILLS} times`, async ({
    onTestFinished,
  }) => {
    const site = await aSite(url);
    onTestFinished(site.close);
    const random = seededRandom(SEED);
    const acknowledged: string[] = [];
    const workers: WorkerProcess[] = Array.from({ length: WORKERS }, () => site.startWorker());
    await Promise.all(workers.map((worker) => worker.said("ready")));

    for (let kill = 0, n = 0; kill < KILLS; kill++) {
      const until = Date.now() + 50 + random() * 250;
      while (Date.now() < until) {
        const { id } = await site.jobs.enqueue(StepJob, { n: n++ });
        acknowledged.push(id);
        await setTimeout(2);
      }
      const [victim] = workers.splice(Math.floor(random() * workers.length), 1);
      victim?.child.kill("SIGKILL");
      expect(await victim?.ended).toBe("SIGKILL");
      const successor = site.startWorker();
      workers.push(successor);
      await successor.said("ready");
    }
    await site.settled();

    const everyone = new Set([...acknowledged, ...site.lines("acknowledged")]); // The workers enqueue follow-ups.
    const completed = site.lines("completed");
    const rows = await site.jobs.list({ limit: 100_000 });
    const byId = new Map(rows.map((row) => [row.id, row]));
    expect([...everyone].filter((id) => byId.get(id)?.status !== "completed")).toEqual([]);
    expect(rows.filter(({ status }) => status !== "completed")).toEqual([]);
    expect(completed.filter((id, index) => completed.indexOf(id) !== index)).toEqual([]);
    const rescued = rows.filter(({ lastError }) => lastError === "worker lost").length;
    if (THOROUGH) expect(rescued).toBeGreaterThan(0); // Of so many kills some came while a handler ran.
    console.log(
      `${name}: ${KILLS} kills (seed ${SEED}), ${everyone.size} jobs acknowledged, ${rows.length} completed, ${rescued} of them taken back from the dead, 0 lost, 0 completed twice`,
    );
  }, 300_000);
});

describe.concurrent.each(stores)("a worker on %s", (_, url) => {
  it("R25 finishes its long job at SIGTERM, leaves the others as they were, and ends with 0", async ({
    onTestFinished,
  }) => {
    const site = await aSite(url);
    onTestFinished(site.close);
    const long = await site.jobs.enqueue(WaitJob, { until: "SIGTERM" });
    const waiting = await site.jobs.enqueueMany([
      [StepJob, { n: 1 }],
      [StepJob, { n: 2 }],
    ]);
    const worker = site.startWorker({ concurrency: 1, lease: 30, waits: true });
    await worker.said(`claimed ${long.id}`);

    worker.child.kill("SIGTERM");
    expect(await worker.ended).toBe(0);

    expect(await site.jobs.find(long.id)).toMatchObject({ status: "completed", attempts: 1 });
    for (const { id } of waiting) {
      expect(await site.jobs.find(id)).toMatchObject({ status: "pending", attempts: 0, lockedBy: null });
    }
    expect(site.lines("completed")).toEqual([long.id]);
  }, 60_000);

  it("R24 changes nothing any more once it was frozen for longer than its lease", async ({ onTestFinished }) => {
    const site = await aSite(url);
    onTestFinished(site.close);
    const job = await site.jobs.enqueue(WaitJob, { until: "the end" });
    const zombie = site.startWorker({ waits: true });
    await zombie.said(`claimed ${job.id}`);

    zombie.child.kill("SIGSTOP");
    const successor = site.startWorker();
    await successor.said(`claimed ${job.id}`);
    await site.settled();
    const row = await site.jobs.find(job.id);
    zombie.child.kill("SIGCONT");
    await zombie.said(`lost ${job.id}`);

    expect(row).toMatchObject({ status: "completed", lastError: "worker lost" });
    expect(await site.jobs.find(job.id)).toEqual(row);
    expect(site.lines("completed")).toEqual([job.id]);
    zombie.child.kill("SIGTERM");
    expect(await zombie.ended).toBe(0);
  }, 60_000);
});
