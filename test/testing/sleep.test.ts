// Handlers that wait: on virtual time, on real work, on both at once (R40).

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defineJob, type JobContext, MemoryJobStore } from "wheelwright";
import { aKit, aSlowSchema, aTellingJob, aTurn, NOON } from "./a-kit.ts";
import { fewer } from "./a-store.ts";

type Handler = (data: object, context: JobContext) => unknown;

function aJob(perform: Handler, options: { timeout?: number; maxRetries?: number } = {}): ReturnType<typeof defineJob> {
  return defineJob<object>("HandlerJob", options, perform);
}

describe("a handler that sleeps", () => {
  it("sleeps in virtual time, and does not hold up the others", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "sleeper", sleeps: ["20s", "20s"] });
    await job.enqueueIn(30, { name: "other" });

    await kit.advance("1m");

    expect(told).toEqual(["sleeper", "sleeper +20s", "other", "sleeper +40s"]);
  });

  it("stays processing while it is asleep, and the drain ends", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    const { id } = await job.enqueue({ name: "sleeper", sleeps: ["10s"] });

    const report = await kit.drain();

    expect(report).toMatchObject({ ran: 1, completed: 0 });
    expect(kit.now()).toEqual(NOON);
    expect(await kit.jobs.find(id)).toMatchObject({ status: "processing", attempts: 1 });
    await kit.drainUntilIdle();
    expect(told).toEqual(["sleeper", "sleeper +10s"]);
  });

  it("wakes at its own instant, several asleep at once in order", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    for (const [name, sleep] of [
      ["a", "30s"],
      ["b", "10s"],
      ["c", "20s"],
      ["d", "10s"],
    ] as const)
      await job.enqueue({ name, sleeps: [sleep] });

    await kit.advance("1m");

    expect(told).toEqual(["a", "b", "c", "d", "b +10s", "d +10s", "c +20s", "a +30s"]);
  });

  it("may sleep twice at once", async () => {
    const woke: string[] = [];
    const Both = aJob(async (_data, { sleep, now }) => {
      await Promise.all([sleep("10s"), sleep("20s")]);
      woke.push(`all ${now().toISOString().slice(17, 19)}`);
      await Promise.race([sleep("10s"), sleep("20s")]);
      woke.push(`race ${now().toISOString().slice(17, 19)}`);
    });
    const kit = await aKit([Both], { now: NOON });
    const { id } = await Both.enqueue({});

    await kit.advance("19s");
    expect(woke).toEqual([]);
    await kit.advance("1m");

    expect(woke).toEqual(["all 20", "race 30"]);
    expect(await kit.jobs.find(id)).toMatchObject({ completedAt: new Date(NOON.getTime() + 30_000) });
  });

  it("works on between two sleeps that are open at once", async () => {
    const steps: string[] = [];
    const Work = aJob(async (_data, { sleep }) => {
      const long = sleep("1m").then(() => steps.push("long"));
      await sleep("10s");
      await aTurn();
      steps.push("worked");
      await long;
    });
    const kit = await aKit([Work], { now: NOON });
    await Work.enqueue({});

    await kit.advance("10s");
    await aTurn();
    await kit.drain({ allowEmpty: true });
    expect(steps).toEqual(["worked"]);
    await kit.advance("50s");

    expect(steps).toEqual(["worked", "long"]);
  });

  it("sleeps for no time at all, and goes on at the same instant", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "nap", sleeps: ["0s", "0s"] });

    await kit.drain();

    expect(told).toEqual(["nap", "nap +0s", "nap +0s"]);
  });

  it("R16 is timed out in its sleep, which rejects with the reason", async () => {
    const reasons: unknown[] = [];
    const Long = aJob(
      async (_data, { sleep, signal }) => {
        await sleep("1h").catch((error: unknown) => reasons.push(error, signal.reason));
      },
      { timeout: 60, maxRetries: 1 },
    );
    const kit = await aKit([Long], { now: NOON });
    kit.expectFailure(Long, "timed out after 60 seconds");
    const { id } = await Long.enqueue({});

    await kit.advance("59s 999ms");
    expect(await kit.jobs.find(id)).toMatchObject({ status: "processing" });
    await kit.advance("1ms");

    expect(await kit.jobs.find(id)).toMatchObject({ status: "failed", failedAt: new Date(NOON.getTime() + 60_000) });
    expect(reasons[0]).toBe(reasons[1]);
    expect(reasons[0]).toMatchObject({ code: "JOB_TIMEOUT" });
  });

  it("R25 holds its lease for days, as a worker's heartbeats would", async () => {
    const { job, told } = aTellingJob({ timeout: 7 * 86_400 });
    const kit = await aKit([job], { now: NOON });
    const { id } = await job.enqueue({ name: "sleeper", sleeps: ["6d"] });

    await kit.advance("3d");
    expect((await kit.jobs.find(id))?.lockedUntil).toEqual(new Date(kit.now().getTime() + 30_000));
    await kit.advance("3d");

    expect(told).toEqual(["sleeper", `sleeper +${6 * 86_400}s`]);
    expect(kit.events({ type: "rescued" })).toEqual([]);
  });

  it("is rescued after a jump over its lease, and its late end is not stored", async () => {
    const ends: string[] = [];
    const Job = aJob(async (_data, { sleep, attempt }) => {
      await sleep("1m");
      ends.push(`attempt ${attempt}`);
    });
    const kit = await aKit([Job], { now: NOON });
    const { id } = await Job.enqueue({});
    await kit.drain();

    await kit.jump("31s");
    await kit.drainUntilIdle();

    expect(kit.events({ jobId: id }).map(({ type }) => type)).toEqual([
      "enqueued",
      "claimed",
      "rescued",
      "retried",
      "lost", // Told by the heartbeat of the handler that was asleep.
      "claimed",
      "completed",
    ]);
    expect(ends).toEqual(["attempt 2"]);
    expect(await kit.jobs.find(id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("stays asleep for good after dispose: nothing goes on, nothing aborts", async () => {
    const seen: string[] = [];
    const Job = aJob(async (_data, { sleep, signal }) => {
      signal.addEventListener("abort", () => seen.push("aborted"));
      await sleep("1h").finally(() => seen.push("woke"));
    });
    const kit = await aKit([Job], { now: NOON });
    await Job.enqueue({});
    await kit.drain();

    await kit.dispose();
    await aTurn();

    expect(seen).toEqual([]);
  });

  it("does not wake by real time, nor by a faked timer that fires", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueue({ name: "sleeper", sleeps: ["10s"] });
    await kit.drain();

    await aTurn();
    await kit.drain({ allowEmpty: true });

    expect(told).toEqual(["sleeper"]);
  });

  // In about a second; were a step's cost quadratic, it would run into the test's timeout.
  it("moves ten thousand who are asleep at once", async () => {
    const { job, told } = aTellingJob({ timeout: 86_400 });
    const kit = await aKit([job], { now: NOON });
    const sleepers = fewer(10_000, 500);
    await kit.jobs.enqueueMany(
      Array.from({ length: sleepers }, (_, n) => [job, { name: "s", sleeps: [`${1 + (n % 600)}s`] }] as const),
    );

    await kit.advance("10m", { maxJobs: sleepers });

    expect(told).toHaveLength(2 * sleepers);
  });
});

describe("a handler that does real work", () => {
  it("is waited for in real time, while virtual time stands still", async () => {
    const dir = await mkdtemp(join(tmpdir(), "wheelwright-"));
    const file = join(dir, "letter");
    const Write = aJob(async (_data, context) => {
      const before = context.now();
      await writeFile(file, "Dear Ada");
      await aTurn();
      expect(context.now()).toEqual(before);
    });
    const kit = await aKit([Write]);
    await Write.enqueue({});

    await kit.drain();

    expect(await readFile(file, "utf8")).toBe("Dear Ada");
    await rm(dir, { recursive: true });
  });

  it("may call a server, and sleep between the calls", async () => {
    let calls = 0;
    const server = createServer((_request, response) => response.end(`${++calls}`));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo; // `as`: it listens on a port
    const answers: string[] = [];
    const Call = aJob(
      async (_data, { sleep }) => {
        answers.push(await fetchText(port));
        await sleep("1h");
        answers.push(await fetchText(port));
      },
      { timeout: 86_400 },
    );
    const kit = await aKit([Call], { now: NOON });
    await Call.enqueue({});
    await Call.enqueue({});

    await kit.drain();
    expect(answers).toEqual(["1", "2"]);
    await kit.drainUntilIdle();

    expect(answers).toEqual(["1", "2", "3", "4"]);
    expect(kit.now()).toEqual(new Date(NOON.getTime() + 3_600_000));
    await new Promise((resolve) => server.close(resolve));
  });

  it("may use real timers", async () => {
    const Timer = aJob(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
    });
    const kit = await aKit([Timer], { now: NOON });
    const { id } = await Timer.enqueue({});

    await kit.drain();

    expect(await kit.jobs.find(id)).toMatchObject({ status: "completed", completedAt: NOON });
  });

  it("loses against a sleep it is raced with: time does not wait for it", async () => {
    const won: string[] = [];
    let finish = (_text: string): void => undefined;
    const realWork = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const Race = aJob(async (_data, { sleep }) => {
      won.push(await Promise.race([realWork, sleep("5m").then(() => "sleep")]));
    });
    const kit = await aKit([Race], { now: NOON });
    await Race.enqueue({});

    await kit.advance("5m");
    finish("real work");

    expect(won).toEqual(["sleep"]);
  });

  it("may start work that it does not wait for", async () => {
    const later: string[] = [];
    const { job, told } = aTellingJob();
    const Forgetful = aJob(() => {
      void aTurn().then(async () => {
        later.push("went on");
        await job.enqueue({ name: "from later" });
      });
    });
    const kit = await aKit([Forgetful, job], { now: NOON });
    await Forgetful.enqueue({});

    await kit.drain();
    while (kit.events({ type: "enqueued", jobClass: job }).length === 0) await aTurn();
    await kit.drain({ allowEmpty: true }); // Where a claim takes its time, the first has run it already.

    expect(later).toEqual(["went on"]);
    expect(told).toEqual(["from later"]);
  });

  it("runs what it did not wait for, though it came to the store while the drain looked and found nothing", async () => {
    const ran: string[] = [];
    const Child = defineJob("ChildJob", { schema: aSlowSchema() }, () => void ran.push("child"));
    const Parent = defineJob("ParentJob", {}, () => void Child.enqueue({}));
    const store = new MemoryJobStore();
    const claim = store.claim.bind(store);
    // As on a server: the look is at what was there when it began, and its answer is the last to come.
    store.claim = async (request) => {
      const claims = await claim(request);
      if (claims.length === 0) for (let turns = 0; turns < 20; turns++) await aTurn();
      return claims;
    };
    const kit = await aKit([Parent, Child], { store });
    await Parent.enqueue();

    await kit.drain();

    expect(ran).toEqual(["child"]);
  });

  it("runs, in the same drain, what it enqueued and did not wait for", async () => {
    const told: string[] = [];
    const Checked = defineJob("CheckedJob", { schema: aSlowSchema() }, () => void told.push("checked"));
    const Forgetful = aJob(() => void Checked.enqueue({}));
    const kit = await aKit([Forgetful, Checked], { now: NOON });
    await Forgetful.enqueue({});

    await kit.drain();

    expect(told).toEqual(["checked"]);
  });

  it("is busy while its schema is asked", async () => {
    const order: string[] = [];
    const schema = aSlowSchema(() => order.push("checked"));
    const Checked = defineJob("CheckedJob", { schema }, async (_data, { sleep }) => {
      order.push("performed");
      await sleep("1m");
      order.push("woke");
    });
    const { job, told } = aTellingJob();
    const kit = await aKit([Checked, job], { now: NOON });
    await Checked.enqueue({});
    await job.enqueueIn(30, { name: "in between" });
    order.length = 0;

    await kit.advance("2m");

    expect(order).toEqual(["checked", "performed", "woke"]);
    expect(told).toEqual(["in between"]);
  });
});

function fetchText(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1" }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}
