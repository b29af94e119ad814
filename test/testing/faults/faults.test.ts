// kit.faults: what can be made to go wrong, that it goes wrong there, and that all is put back.

import { describe, expect, it, vi } from "vitest";
import { type AnyJobClass, defineJob, InvalidOptionError, type JobContext, MemoryJobStore } from "wheelwright";
import {
  CrashSignal,
  createTestKit,
  type FaultPoint,
  type Faults,
  FaultUsageError,
  KitDisposeError,
  type TestKit,
} from "wheelwright/testing";
import { aKit, hearStderr, NOON, rejection } from "../a-kit.ts";

class Gateway {
  readonly #charged: number[] = [];
  async charge(order: number): Promise<string> {
    this.#charged.push(order);
    return `receipt ${order}`;
  }
  list(): readonly number[] {
    return [...this.#charged];
  }
}

function throwOops(): never {
  throw new Error("oops");
}

function aShop() {
  const gateway = new Gateway();
  const said: string[] = [];
  const chargeJob = defineJob<{ order: number }>("ChargeJob", {}, async ({ order }, context: JobContext) => {
    said.push(`starts ${context.attempt}`);
    try {
      said.push(await gateway.charge(order));
    } catch {
      said.push("caught");
    } finally {
      said.push("finally");
    }
  });
  return { gateway, said, chargeJob };
}

describe("kit.faults.crash", () => {
  it("R25 at the claim: the handler never starts, and the job is taken back when its lease ends", async () => {
    const { chargeJob, said, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { at: "claim" });
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();
    expect(said).toEqual([]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "processing", attempts: 1 });
    await kit.advance("30s");
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "pending", attempts: 1, lastError: "worker lost" });
    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("leaves an awaited call pending for ever: no catch, no finally, nothing after it", async () => {
    const { chargeJob, said, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { before: [gateway, "charge"] });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();
    expect(said).toEqual(["starts 1"]);
    expect(gateway.list()).toEqual([]);
    await kit.drainUntilIdle();

    expect(said).toEqual(["starts 1", "starts 2", "receipt 7", "finally"]);
  });

  it("after an effect: it took place, and the redelivery makes it again", async () => {
    const { chargeJob, said, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { after: [gateway, "charge"] });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([7, 7]);
    expect(said).toEqual(["starts 1", "starts 2", "receipt 7", "finally"]);
    expect(kit.timeline()).toBe(
      [
        "+0s   + #1 ChargeJob  enqueued",
        "      → #1 ChargeJob  attempt 1 of 3",
        "      ↯ #1 ChargeJob  the worker dies after Gateway.charge(7)",
        "+30s  ↻ #1 ChargeJob  claim taken back: worker lost, again in 4s",
        "+34s  ✓ #1 ChargeJob  completed in attempt 2 of 3",
      ].join("\n"),
    );
  });

  it("after perform, before the outcome is stored, unless told where", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob);
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "processing" });
  });

  it("strikes once, at the nth time", async () => {
    const { chargeJob, gateway, said } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { before: [gateway, "charge"], nth: 2 });
    await kit.run(async () => {
      for (const order of [1, 2, 3]) await chargeJob.enqueue({ order });
    });

    await kit.drain();

    expect(gateway.list()).toEqual([1, 3]);
    expect(said.filter((line) => line.startsWith("starts"))).toHaveLength(3);
  });

  it("throws a CrashSignal out of a synchronous effect, and refuses what the attempt tries then", async () => {
    const ledger = { rows: [] as string[], add: (row: string) => void ledger.rows.push(row) };
    const caught: unknown[] = [];
    const followUp = defineJob("FollowUp", {}, () => undefined);
    const markJob = defineJob("MarkJob", {}, async (_data, context) => {
      if (context.attempt > 1) return;
      ledger.add("first");
      for (const attempted of [
        () => ledger.add("second"),
        () => ledger.add("third"),
        () => followUp.enqueue(),
        () => context.sleep("1s"),
        () => context.progress(1, 2),
      ]) {
        try {
          await attempted();
        } catch (error) {
          caught.push(error);
        }
      }
    });
    const kit = await aKit([markJob, followUp], { now: NOON });
    kit.faults.crash(markJob, { before: [ledger, "add"], nth: 2 });
    await kit.run(() => markJob.enqueue());

    await kit.drain();

    expect(ledger.rows).toEqual(["first"]);
    expect(caught[0]).toBeInstanceOf(CrashSignal);
    expect(caught[1]).toBe(caught[0]);
    const refused = { code: "ATTEMPT_OVER", cause: caught[0] };
    expect(caught.slice(2)).toMatchObject([refused, refused, refused]);
    expect(await kit.enqueued(followUp)).toEqual([]);
    expect(kit.logs({ level: "warn" })).toEqual([]); // That it returned is nobody's concern.
  });

  it("R25 lets the lease of a dead one end, though another handler goes on beside it", async () => {
    const { chargeJob } = aShop();
    const longJob = defineJob("LongJob", { timeout: 3600, priority: "high" }, (_data, { sleep }) => sleep("10m"));
    const kit = await aKit([chargeJob, longJob], { now: NOON });
    kit.faults.crash(chargeJob);
    await kit.run(() => longJob.enqueue());
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }, { timeout: 3600 }));

    await kit.advance("1m");

    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("R14 has processQueue say that the worker died", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob);
    const { id } = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    expect(await kit.jobs.processQueue()).toEqual({
      processed: 0,
      failed: 1,
      skipped: 0,
      errors: [expect.stringContaining(`Job ${id} (ChargeJob): The worker died`)],
    });
  });

  it("leaves the first, never seen call of a mock pending where it is awaited", async () => {
    const gateway = { charge: vi.fn(() => Promise.resolve("receipt")) };
    const said: string[] = [];
    const job = defineJob("MockedJob", {}, async () => {
      try {
        said.push(await gateway.charge());
      } finally {
        said.push("finally");
      }
    });
    const kit = await aKit([job], { now: NOON });
    kit.faults.crash(job, { before: [gateway, "charge"] });
    await kit.run(() => job.enqueue());

    await kit.drain();

    expect(said).toEqual([]);
    expect(gateway.charge).not.toHaveBeenCalled();
  });

  it("ends a sleep of the attempt for good", async () => {
    const gateway = { charge: async () => undefined };
    const said: string[] = [];
    const job = defineJob("NapJob", {}, async (_data, context) => {
      if (context.attempt > 1) return;
      void context.sleep("5s").then(() => said.push("woke"));
      await gateway.charge();
      said.push("went on");
    });
    const kit = await aKit([job], { now: NOON });
    kit.faults.crash(job, { after: [gateway, "charge"] });
    await kit.run(() => job.enqueue());

    await kit.advance("10m");

    expect(said).toEqual([]);
  });

  it("swallows what an abandoned handler rejects with, and writes no line about it", async () => {
    const ledger = { add: () => undefined };
    const job = defineJob("ThrowsJob", {}, async (_data, context) => {
      if (context.attempt === 1) ledger.add();
    });
    const kit = await aKit([job], { now: NOON });
    ledger.add();
    kit.faults.crash(job, { after: [ledger, "add"] });
    await kit.run(() => job.enqueue());

    await kit.drain();

    expect(kit.logs({ level: "warn" })).toEqual([]);
  });

  it("lets processQueue go on with the next job", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { after: [gateway, "charge"] });
    await kit.run(async () => {
      await chargeJob.enqueue({ order: 1 });
      await chargeJob.enqueue({ order: 2 });
    });

    expect(await kit.jobs.processQueue()).toMatchObject({ processed: 1, failed: 1 });
  });
});

describe("kit.faults.loseLease", () => {
  it("R24 lets the handler go on, and its outcome comes too late", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.loseLease(chargeJob, { before: [gateway, "charge"] });
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([7, 7]);
    expect(kit.events({ jobId: job.id }).map(({ type }) => type)).toEqual([
      "enqueued",
      "claimed",
      "rescued",
      "retried",
      "lost",
      "claimed",
      "completed",
    ]);
  });

  it.each([
    ["returns", () => undefined],
    ["throws", () => throwOops()],
    ["resolves", async () => undefined],
    ["rejects", async () => throwOops()],
  ])("R24 comes before the end of a handler that %s at once after a synchronous call", async (_what, end) => {
    const ledger = { add: () => undefined };
    const job = defineJob("SyncJob", {}, (_data, { attempt }) => {
      ledger.add();
      return attempt === 1 ? end() : undefined;
    });
    const kit = await aKit([job], { now: NOON });
    kit.faults.loseLease(job, { before: [ledger, "add"] });
    const { id } = await kit.run(() => job.enqueue());

    await kit.drainUntilIdle();

    expect(kit.events({ jobId: id, type: "lost" })).toHaveLength(1);
    expect(await kit.jobs.find(id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("takes the claim back whatever faults the store has, and leaves them to the worker's own calls", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.loseLease(chargeJob, { before: [gateway, "charge"] }).failStore("settle");
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drainUntilIdle();

    expect(kit.timeline()).toBe(
      [
        "+0s  + #1 ChargeJob  enqueued",
        "     → #1 ChargeJob  attempt 1 of 3",
        "     ↯ #1 ChargeJob  its lease is lost before Gateway.charge(7)",
        "     ↻ #1 ChargeJob  claim taken back: worker lost, again in 4s",
        "     ↯ #1 ChargeJob  the store's settle fails before it took effect",
        "     ! #1 ChargeJob  attempt 1 of 3 came too late: its claim was lost",
        "+4s  ✓ #1 ChargeJob  completed in attempt 2 of 3",
      ].join("\n"),
    );
  });
});

describe("kit.faults.duplicate", () => {
  it("R20 delivers a job again at once, as an attempt that does not count against maxRetries", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.duplicate(chargeJob);
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }, { maxRetries: 1 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7, 7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2, maxRetries: 1 });
  });

  it("delivers again what a stepped worker holds that was made before", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const [worker] = kit.workers("worker");
    kit.faults.duplicate(chargeJob);
    await kit.run(() => chargeJob.enqueue({ order: 7 }, { maxRetries: 1 }));

    expect(await worker.run()).toBe("unsettled");
    expect(await worker.claim()).toMatchObject({ attempts: 2, maxRetries: 2 });
    await worker.perform();
    expect(await worker.settle()).toBe("completed");

    expect(gateway.list()).toEqual([7, 7]);
  });

  it("hands the job back whatever faults the store has, and leaves them to the worker's own calls", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.duplicate(chargeJob).failStore("settle");
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7, 7]);
    expect(kit.timeline()).toContain("↯ #1 ChargeJob  the store's settle fails before it took effect");
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2 });
  });
});

describe("kit.faults.failStore", () => {
  it("R26 a settle whose answer is lost is sent again and changes nothing", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore("settle", { when: "after" });
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed" });
    expect(kit.timeline()).toContain("↯ #1 ChargeJob  the store's settle fails after it took effect");
  });

  it("R46 a drain survives claims and rescues that fail, as a worker does", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore(["claim", "expired"], { times: 4 });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7]);
  });

  it("R12 a claim whose answer was lost is taken back when its lease ends", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore("claim", { when: "after" });
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("R7 an enqueue whose answer was lost is stored, and may be sent again by its id", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore("insert", { when: "after" });
    const send = () => kit.run(() => chargeJob.enqueue({ order: 7 }, { id: "order-7" }));

    await expect(send()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });

    expect(await send()).toMatchObject({ deduplicated: true });
    expect(await kit.enqueued(chargeJob)).toHaveLength(1);
  });

  it("fails the nth call, with the error given", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const error = new Error("deadlock");
    kit.faults.failStore("insert", { nth: 2, error });

    await kit.run(() => chargeJob.enqueue({ order: 1 }));

    await expect(kit.run(() => chargeJob.enqueue({ order: 2 }))).rejects.toBe(error);
    await kit.run(() => chargeJob.enqueue({ order: 3 }));
    expect(await kit.enqueued(chargeJob)).toHaveLength(2);
  });

  it("is not survived for ever", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore("claim", { times: Number.POSITIVE_INFINITY });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await expect(kit.drain()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("kit.faults.storeAway", () => {
  it("R46 nothing is enqueued, claimed or settled until the time is over, and then all goes on", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));
    kit.faults.storeAway("10s");

    await expect(kit.run(() => chargeJob.enqueue({ order: 8 }))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await kit.advance("9s 999ms");
    expect(gateway.list()).toEqual([]);
    await kit.advance("1ms");

    expect(gateway.list()).toEqual([7]);
  });

  it("R26 an outcome that cannot be stored all that time is left to the rescue", async () => {
    const gateway = new Gateway();
    const job = defineJob("SlowJob", {}, async (_data, context) => {
      await context.sleep("5s");
      await gateway.charge(context.attempt);
    });
    const kit = await aKit([job], { now: NOON });
    await kit.run(() => job.enqueue());
    await kit.advance("1s");
    kit.faults.storeAway("20s");

    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([1, 2]);
  });
});

describe("kit.faults.rollback", () => {
  it("R9 a transaction that is rolled back at its commit leaves no job", async () => {
    const { chargeJob } = aShop();
    const store = new MemoryJobStore();
    const kit = await aKit([chargeJob], { now: NOON, store });
    kit.faults.rollback();
    const order = () =>
      store.transaction(async (transaction) => {
        await kit.run(() => chargeJob.enqueue({ order: 7 }, { transaction }));
      });

    await expect(order()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await kit.enqueued(chargeJob)).toEqual([]);
    await order();

    expect(await kit.enqueued(chargeJob)).toHaveLength(1);
  });
});

describe("kit.faults.skewClock", () => {
  it("lets a machine whose clock is ahead run a job early", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    await kit.run(() => chargeJob.enqueueIn("10s", { order: 7 }));
    kit.faults.skewClock("4s");

    await kit.advance("5s 999ms");
    expect(gateway.list()).toEqual([]);
    await kit.advance("1ms");

    expect(gateway.list()).toEqual([7]);
  });

  it("lets one whose clock is behind run it late", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    await kit.run(() => chargeJob.enqueueIn("10s", { order: 7 }));
    kit.faults.skewClock("-4s");

    await kit.advance("13s 999ms");
    expect(gateway.list()).toEqual([]);
    await kit.advance("1ms");

    expect(gateway.list()).toEqual([7]);
  });
});

describe("kit.faults", () => {
  it("tells faults in a row, and takes them back with clear", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { at: "claim" }).failStore("claim").storeAway("1h").skewClock("1m").clear();
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7]);
  });

  it("puts effects and store back at dispose", async () => {
    const { chargeJob, gateway } = aShop();
    const store = new MemoryJobStore();
    const own = { gateway: Object.getOwnPropertyNames(gateway), store: Object.getOwnPropertyNames(store) };
    const kit = await createTestKit({ jobs: [chargeJob], store, leftovers: "ignore" });
    kit.faults.crash(chargeJob, { after: [gateway, "charge"] }).failStore("claim");
    expect(Object.getOwnPropertyNames(gateway)).not.toEqual(own.gateway);

    await rejection(kit.dispose()); // for neither has struck

    expect(Object.getOwnPropertyNames(gateway)).toEqual(own.gateway);
    expect(Object.getOwnPropertyNames(store)).toEqual(own.store);
    await store.close();
  });

  it("does not strike what a test calls itself, nor what an effect calls of itself", async () => {
    const ledger = {
      rows: [] as string[],
      add: async (row: string) => void ledger.rows.push(row),
      addTwice: async (row: string) => {
        await ledger.add(row);
        await ledger.add(row);
      },
    };
    const job = defineJob("TwiceJob", {}, () => ledger.addTwice("b"));
    const kit = await aKit([job], { now: NOON });
    kit.faults.crash(job, { before: [ledger, "add"] });
    await ledger.add("a");
    await kit.run(() => job.enqueue());

    await kit.drain();

    expect(ledger.rows).toEqual(["a", "b", "b"]);
    kit.faults.clear();
  });

  it.each([
    ["a frozen object", Object.freeze({ charge: async () => undefined }), "frozen or sealed"],
    [
      "an object whose method cannot be replaced",
      Object.defineProperty({}, "charge", { value: () => undefined }),
      "cannot be replaced",
    ],
  ])("refuses %s, with the mend", async (_what, effect, message) => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const arm = () => kit.faults.crash(chargeJob, { before: [effect as { charge(): void }, "charge"] });

    expect(arm).toThrow(FaultUsageError);
    expect(arm).toThrow(message);
    expect(arm).toThrow("{ charge: (...args) => payments.charge(...args) }");
  });

  it("refuses an effect that another kit's faults stand in for, until they are taken back", async () => {
    const { chargeJob, gateway } = aShop();
    const first = await aKit([chargeJob], { now: NOON });
    const second = await aKit([chargeJob], { now: NOON });
    first.faults.crash(chargeJob, { before: [gateway, "charge"] });
    const arm = () => second.faults.crash(chargeJob, { after: [gateway, "charge"] });

    expect(arm).toThrow("is watched already");
    first.faults.clear();
    arm();
    second.faults.clear();

    expect(Object.getOwnPropertyNames(gateway)).toEqual([]);
  });

  it("refuses a module's namespace", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const module = await import("node:path");

    expect(() => kit.faults.crash(chargeJob, { before: [module, "join"] })).toThrow("a module's namespace");
  });

  it("refuses a method that is not there, a verb nobody knows, a kit that is disposed", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });

    expect(() => kit.faults.crash(chargeJob, { before: [gateway, "refund" as "charge"] })).toThrow(
      'no method "refund"',
    );
    expect(() => kit.faults.failStore("write" as "claim")).toThrow("failStore's verb");
    expect(() => kit.faults.crash(chargeJob, { nth: 0, at: "claim" })).toThrow("nth");
    await kit.dispose();
    expect(() => kit.faults.crash(chargeJob)).toThrow("disposed");
  });

  it.each<[what: string, attempt: (faults: Faults, job: AnyJobClass, gateway: Gateway) => unknown, message: string]>([
    [
      "a misspelt option of a point",
      (f, j) => f.crash(j, { at: "claim", nht: 2 } as FaultPoint),
      'crash\'s option "nht"',
    ],
    [
      "a misspelt option of duplicate",
      (f, j) => f.duplicate(j, { nht: 2 } as object),
      'duplicate\'s option "nht" is 2',
    ],
    [
      "a misspelt option of failStore",
      (f) => f.failStore("claim", { tmies: 2 } as object),
      'failStore\'s option "tmies"',
    ],
    ["a misspelt option of rollback", (f) => f.rollback({ time: 2 } as object), 'rollback\'s option "time" is 2'],
    ["no point", (f, j) => f.crash(j, null as never), "crash's point is null; expected { at:"],
    [
      "a point of two places",
      (f, j, gateway) => f.loseLease(j, { at: "claim", before: [gateway, "charge"] } as never),
      "expected one place only",
    ],
    [
      "a point before and after a call",
      (f, j, gateway) => f.crash(j, { before: [gateway, "charge"], after: [gateway, "charge"] } as never),
      "expected one place only",
    ],
    ["a number for options of duplicate", (f, j) => f.duplicate(j, 5 as never), "duplicate's options is 5"],
    ["null for options of duplicate", (f, j) => f.duplicate(j, null as never), "duplicate's options is null"],
    ["null for options of failStore", (f) => f.failStore("claim", null as never), "failStore's options is null"],
    ["null for options of rollback", (f) => f.rollback(null as never), "rollback's options is null"],
    ["no verb", (f) => f.failStore([]), "failStore's verb is []; expected one of insert,"],
    [
      "a text for an error",
      (f) => f.failStore("claim", { error: "no" as never }),
      'failStore\'s error is "no"; expected an Error',
    ],
  ])("refuses %s, with what would do", async (_what, attempt, message) => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const act = () => attempt(kit.faults, chargeJob, gateway);

    expect(act).toThrow(InvalidOptionError);
    expect(act).toThrow(message);
    expect(Object.getOwnPropertyNames(gateway)).toEqual([]);
  });

  it("tells a skew that is no duration as it was given", async () => {
    const kit = await aKit([aShop().chargeJob], { now: NOON });

    expect(() => kit.faults.skewClock("--5s")).toThrow('skewClock\'s duration is "--5s", which is no duration');
  });

  it.each([
    [
      "an accessor",
      {
        get charge() {
          return () => undefined;
        },
      },
      "charge",
    ],
    ["a method of every object", new Gateway(), "toString"],
  ])("refuses to strike at %s, which it could not stand in for", async (_what, effect, method) => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const arm = () => kit.faults.crash(chargeJob, { before: [effect, method as never] });

    expect(arm).toThrow(FaultUsageError);
    expect(arm).toThrow(`cannot be watched at "${method}"`);
  });
});

describe("a fault that never strikes", () => {
  /** A kit whose test is over: nobody else disposes it. */
  async function aKitAtItsEnd(): Promise<ReturnType<typeof aShop> & { kit: TestKit }> {
    const shop = aShop();
    return { ...shop, kit: await createTestKit({ jobs: [shop.chargeJob], now: NOON, leftovers: "ignore" }) };
  }

  const never: [string, (kit: TestKit, shop: ReturnType<typeof aShop>) => unknown, string, string][] = [
    [
      "crash at a call that the handler does not make",
      (kit, { chargeJob, gateway }) => kit.faults.crash(chargeJob, { after: [gateway, "list"] }),
      'kit.faults.crash(ChargeJob, { after: [Gateway, "list"] })',
      "no ChargeJob came to that point",
    ],
    [
      "lost lease whose nth is not reached",
      (kit, { chargeJob }) => kit.faults.loseLease(chargeJob, { at: "claim", nth: 3 }),
      'kit.faults.loseLease(ChargeJob, { at: "claim", nth: 3 })',
      "its point was passed once only, and its nth is 3",
    ],
    [
      "duplicate where another fault strikes",
      (kit, { chargeJob }) => kit.faults.loseLease(chargeJob, { at: "settle" }).duplicate(chargeJob),
      'kit.faults.duplicate(ChargeJob, { at: "settle" })',
      "another fault struck in its place; nth tells them apart",
    ],
    [
      "store call that is not made",
      (kit) => kit.faults.failStore(["retry", "purge"], { when: "after" }),
      'kit.faults.failStore(["retry", "purge"], { when: "after" })',
      "the store's retry, purge were not called",
    ],
    [
      "look-up that only the end of the kit makes",
      (kit) => kit.faults.failStore("list"),
      'kit.faults.failStore("list")',
      "the store's list was not called",
    ],
  ];

  it.each(never)("R48 fails the test at the end of its kit: %s", async (_what, arm, call, why) => {
    const { kit, ...shop } = await aKitAtItsEnd();
    arm(kit, shop);
    await kit.run(() => shop.chargeJob.enqueue({ order: 7 }));
    await kit.drain();

    const error = await rejection(kit.dispose());

    expect(error).toBeInstanceOf(KitDisposeError);
    expect(error.message).toContain(
      `${call} never struck: ${why}. A test that arms a fault and does not meet it proves nothing. Let the test come to its point, or take back what has not struck: kit.faults.clear()`,
    );
    expect(error.message).toMatch(/\n {4}Armed at test\/testing\/faults\/faults\.test\.ts:\d+/);
    expect(error).toMatchObject({ problems: [expect.any(String)] });
  });

  it("R48 fails the test for a rollback that no transaction came to", async () => {
    const { chargeJob } = aShop();
    const store = new MemoryJobStore();
    const kit = await createTestKit({ jobs: [chargeJob], store });
    kit.faults.rollback({ nth: 2 });
    await store.transaction(async () => undefined);

    await expect(kit.dispose()).rejects.toThrow(
      "kit.faults.rollback({ nth: 2 }) never struck: its point was passed once only, and its nth is 2.",
    );
  });

  it("is told once for each that has not struck, and for no other", async () => {
    const { kit, chargeJob } = await aKitAtItsEnd();
    kit.faults.failStore("claim", { times: 5 }).failStore("settle", { nth: 2 }).failStore("extend");
    await kit.run(() => chargeJob.enqueue({ order: 7 }));
    await kit.drainUntilIdle();

    const { problems } = (await rejection(kit.dispose())) as KitDisposeError; // `as`: what dispose rejects with

    expect(problems.map((problem) => problem.split(" never struck")[0])).toEqual([
      'kit.faults.failStore("settle", { nth: 2 })',
      'kit.faults.failStore("extend")',
    ]);
  });

  it("is nothing to fail for when it was taken back, nor where it lasts for a time", async () => {
    const { kit, chargeJob, gateway } = await aKitAtItsEnd();
    kit.faults
      .crash(chargeJob, { after: [gateway, "charge"] })
      .failStore("claim")
      .clear();
    kit.faults.storeAway("1h").skewClock("1m");

    expect(await kit.dispose()).toBeUndefined();
  });

  it("adds no second error to a test that has failed: it is told on stderr", async () => {
    const stderr = hearStderr();
    const { kit, chargeJob } = await aKitAtItsEnd();
    kit.faults.crash(chargeJob);
    await rejection(kit.drain());

    expect(await kit.dispose()).toBeUndefined();

    expect(stderr()).toContain('kit.faults.crash(ChargeJob, { at: "settle" }) never struck');
  });
});
