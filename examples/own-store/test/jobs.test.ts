// An app's jobs on the store: with a worker, as in production, and in a kit, with a clock that the test moves.

import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { createJobs, Job, type JobContext } from "wheelwright";
import { createTestKit, expectEnqueued } from "wheelwright/testing";
import { RedisJobStore } from "../src/redis-job-store.ts";
import { aRedis } from "./a-redis.ts";

const delivered: string[] = [];

class SendParcelJob extends Job<{ parcel: string; failures: number }> {
  override config(): void {
    this.maxRetries = 3;
    this.queue = "parcels";
  }

  async perform({ parcel, failures }: { parcel: string; failures: number }, { attempt }: JobContext): Promise<void> {
    if (attempt <= failures) throw new Error("nobody at home");
    delivered.push(parcel);
  }
}

const server = await aRedis();
describe.skipIf(server === null)("jobs in Redis", () => {
  const redis = new Redis(server?.url ?? "", { lazyConnect: true });
  let tests = 0;
  const store = () => new RedisJobStore(redis, { prefix: `jobs-${process.pid}-${++tests}` });
  afterAll(async () => {
    redis.disconnect();
    await server?.stop();
  });

  it("are performed by a worker", async () => {
    delivered.length = 0;
    const jobs = createJobs({ store: store(), jobs: [SendParcelJob] });
    for (const parcel of ["a", "b", "c"]) await jobs.enqueue(SendParcelJob, { parcel, failures: 0 });

    const worker = jobs.worker({ queue: "parcels" });
    await worker.start();
    await worker.idle();
    await worker.stop();

    expect(delivered.sort()).toEqual(["a", "b", "c"]);
    expect(await jobs.queueStats({ queue: "parcels" })).toMatchObject({ completed: 3 });
    await jobs.close();
  });

  it("are tried again days later in a moment of a kit", async () => {
    delivered.length = 0;
    await using kit = await createTestKit({ jobs: [SendParcelJob], store: store() });
    await SendParcelJob.enqueueIn("2d", { parcel: "d", failures: 2 });
    await expectEnqueued(kit, SendParcelJob, { parcel: "d" });

    await kit.drainUntilIdle();

    expect(delivered).toEqual(["d"]);
  });
});
