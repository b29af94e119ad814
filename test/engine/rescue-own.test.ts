// A rescue that takes back a claim which a handler of the same engine still holds.

import { describe, expect, it } from "vitest";
import { type Claim, type ClaimKey, Job, type JobContext, type JobStore, MemoryJobStore } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { anApp, START, turn } from "./an-app.ts";

class SlowImportJob extends Job {
  static reasons: unknown[] = [];
  override async perform(_data: object, context: JobContext): Promise<void> {
    await context.sleep("10m").catch((reason: unknown) => {
      SlowImportJob.reasons.push(reason);
      throw reason;
    });
  }
}

describe("rescue", () => {
  it("R16 aborts an attempt of this engine whose lease is over, so that it does no more beside its successor", async () => {
    SlowImportJob.reasons = [];
    const kit = await createTestKit({ jobs: [SlowImportJob], now: "2030-01-01T00:00:00Z", leftovers: "ignore" });
    await kit.jobs.enqueue(SlowImportJob, {}, { timeout: 3600 });
    await kit.drain();

    await kit.jump("1m");
    await kit.drain();

    expect(SlowImportJob.reasons).toEqual([expect.objectContaining({ code: "LEASE_LOST" })]);
    expect(kit.events({ type: ["rescued", "retried", "lost"] }).map(({ type }) => type)).toEqual([
      "rescued",
      "retried",
      "lost",
    ]);
    await kit.dispose();
  });

  it("R16 leaves the other attempts of this engine alone", async () => {
    SlowImportJob.reasons = [];
    const kit = await createTestKit({ jobs: [SlowImportJob], now: "2030-01-01T00:00:00Z", leftovers: "ignore" });
    await kit.jobs.enqueue(SlowImportJob, {}, { timeout: 3600 });
    await kit.drain();
    await kit.jump("20s");
    const other = await kit.jobs.enqueue(SlowImportJob, {}, { timeout: 3600 });
    await kit.drain();

    await kit.jump("15s"); // The lease of the first is over, that of the other is not.
    await kit.drain();

    expect(SlowImportJob.reasons).toHaveLength(1);
    expect(await kit.jobs.find(other.id)).toMatchObject({ status: "processing", attempts: 1 });
    await kit.dispose();
  });

  it("R16 leaves the successor alone that this engine began before it was told that the job was taken back", async () => {
    SlowImportJob.reasons = [];
    let meanwhile = () => Promise.resolve();
    const inner = new MemoryJobStore();
    const app = anApp({
      jobs: [SlowImportJob],
      store: withMethods(inner, {
        async settle(claim, outcome, at) {
          const answer = await inner.settle(claim, outcome, at);
          if (at.expired === true) await meanwhile();
          return answer;
        },
      }),
    });
    const { id } = await app.jobs.enqueue(SlowImportJob, {}, { timeout: 3600 });
    await inner.claim({ limit: 1, now: START, workerId: "dead", leaseMs: 1000 });
    await app.advance("1s");
    meanwhile = async () => {
      meanwhile = () => Promise.resolve();
      await app.advance("1h"); // The retry is due.
      void app.jobs.processQueue();
      await turn();
    };

    await app.jobs.rescue();

    expect(SlowImportJob.reasons).toEqual([]);
    expect(await app.jobs.find(id)).toMatchObject({ status: "processing", attempts: 2 });
    await app.advance("10m");
    expect(await app.jobs.find(id)).toMatchObject({ status: "completed" });
  });

  it("R16 leaves another job alone whose token is the same text, as a store may count by job", async () => {
    SlowImportJob.reasons = [];
    const inner = new MemoryJobStore();
    const counted = (claim: Claim): Claim => ({ ...claim, token: claim.token.replace(/.*:/, "") });
    const whole = <T extends ClaimKey>(claim: T): T => ({ ...claim, token: `${claim.seq}:${claim.token}` });
    const app = anApp({
      jobs: [SlowImportJob],
      store: withMethods(inner, {
        claim: async (request) => (await inner.claim(request)).map(counted),
        expired: async (request) => (await inner.expired(request)).map(counted),
        extend: (claim, extension) => inner.extend(whole(claim), extension),
        settle: (claim, outcome, at) => inner.settle(whole(claim), outcome, at),
        settleMany: (settlements, at) =>
          inner.settleMany(
            settlements.map((one) => ({ ...one, claim: whole(one.claim) })),
            at,
          ),
      }),
    });
    await app.jobs.enqueue(SlowImportJob, {}, { timeout: 3600 });
    await inner.claim({ limit: 1, now: START, workerId: "dead", leaseMs: 1000 });
    const other = await app.jobs.enqueue(SlowImportJob, {}, { timeout: 3600 });
    void app.jobs.processQueue({ limit: 1 });
    await app.advance("1s");

    expect(await app.jobs.rescue()).toBe(1);

    expect(SlowImportJob.reasons).toEqual([]);
    await app.advance("10m");
    expect(await app.jobs.find(other.id)).toMatchObject({ status: "completed", attempts: 1 });
  });
});

/** The store, some of its methods replaced. */
function withMethods(store: JobStore, methods: Partial<JobStore>): JobStore {
  return new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(Reflect.has(methods, property) ? methods : target, property);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
