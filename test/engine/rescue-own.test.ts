// A rescue that takes back a claim which a handler of the same engine still holds.

import { describe, expect, it } from "vitest";
import { Job, type JobContext } from "wheelwright";
import { createTestKit } from "wheelwright/testing";

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
});
