// `kit.perform`: one handler without the queue, with all that production puts around it.

import { describe, expect, it } from "vitest";
import { defineJob, Job, type JobContext } from "wheelwright";
import { aKit, aSlowSchema, aTellingJob, NOON, rejection } from "./a-kit.ts";

class ChargeJob extends Job<{ orderId: number }> {
  static readonly charged: unknown[] = [];
  override maxRetries = 5;
  readonly gateway: string;

  constructor(gateway = "real") {
    super();
    this.gateway = gateway;
  }

  override perform({ orderId }: { orderId: number }, { attempt, job }: JobContext): void {
    ChargeJob.charged.push([this.gateway, orderId, attempt, job.maxRetries]);
  }
}

describe("kit.perform", () => {
  it("runs the handler once, with its data, and leaves the queue as it was", async () => {
    const kit = await aKit([ChargeJob]);
    ChargeJob.charged.length = 0;

    await kit.perform(ChargeJob, { orderId: 7 });

    expect(ChargeJob.charged).toEqual([["real", 7, 1, 5]]);
    expect(await kit.enqueued()).toEqual([]);
    expect(kit.events()).toEqual([]);
  });

  it("performs the instance it is given", async () => {
    const kit = await aKit([ChargeJob]);
    ChargeJob.charged.length = 0;

    await kit.perform(new ChargeJob("fake"), { orderId: 7 });

    expect(ChargeJob.charged).toEqual([["fake", 7, 1, 5]]);
  });

  it("is the attempt it is told to be", async () => {
    const kit = await aKit([ChargeJob]);
    ChargeJob.charged.length = 0;

    await kit.perform(ChargeJob, { orderId: 7 }, { attempt: 5 });

    expect(ChargeJob.charged).toEqual([["real", 7, 5, 5]]);
    for (const attempt of [0, -1, 1.5, Number.NaN])
      await expect(kit.perform(ChargeJob, { orderId: 7 }, { attempt })).rejects.toThrow("attempt");
  });

  it.each([new Error("card declined"), "a text", null, undefined, { code: 5 }])(
    "rejects with the handler's own error: %s",
    async (thrown) => {
      const Failing = defineJob("FailingJob", {}, () => {
        throw thrown;
      });
      const kit = await aKit([Failing]);
      const seen: unknown[] = [];

      await kit.perform(Failing).catch((error: unknown) => seen.push(error));

      expect(seen).toHaveLength(1);
      expect(seen[0]).toBe(thrown);
    },
  );

  it("R6 hands over what JSON gives back, and refuses what it cannot keep", async () => {
    const seen: unknown[] = [];
    const Look = defineJob<{ list: number[]; gone?: string | undefined }>(
      "LookJob",
      {},
      (data) => void seen.push(data),
    );
    const kit = await aKit([Look]);
    const data = { list: [1], gone: undefined };

    await kit.perform(Look, data);

    expect(seen).toStrictEqual([{ list: [1] }]);
    expect((seen[0] as { list: unknown }).list).not.toBe(data.list); // `as`: it is what was handed over
    await expect(kit.perform(Look, { list: [Number.NaN] })).rejects.toMatchObject({ code: "DATA_NOT_JSON" });
  });

  it("R19 asks the schema, and hands over its output", async () => {
    const asked: unknown[] = [];
    const Checked = defineJob("CheckedJob", { schema: aSlowSchema((value) => asked.push(value)) }, () => undefined);
    const kit = await aKit([Checked]);

    await kit.perform(Checked, { n: 1 });

    expect(asked).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it("keeps what the handler enqueues and logs in the kit", async () => {
    const { job } = aTellingJob();
    const Parent = defineJob("ParentJob", {}, async (_data, { log }) => {
      log.info("about to enqueue");
      await job.enqueue({ name: "child" });
    });
    const kit = await aKit([Parent, job]);
    await aKit([Parent, job]); // A second kit: only the scope tells which.

    await kit.perform(Parent);

    expect(await kit.pending(job)).toMatchObject([{ data: { name: "child" } }]);
    expect(kit.logs({ from: "handler" })).toMatchObject([{ message: "about to enqueue" }]);
  });

  it("lets the handler sleep, with a concurrent advance, and time out", async () => {
    const { job, told } = aTellingJob({ timeout: 60 });
    const kit = await aKit([job], { now: NOON });

    await Promise.all([kit.perform(job, { name: "a", sleeps: ["59s"] }), kit.advance("59s")]);
    expect(told).toEqual(["a", "a +59s"]);

    const [error] = await Promise.all([rejection(kit.perform(job, { name: "b", sleeps: ["61s"] })), kit.advance("2m")]);
    expect(error).toMatchObject({ code: "JOB_TIMEOUT" });
  });

  it("lets a stub of the class stand in, as everywhere in the kit", async () => {
    const kit = await aKit([ChargeJob]);
    ChargeJob.charged.length = 0;
    const unstub = kit.stub(ChargeJob, "complete");

    await kit.perform(ChargeJob, { orderId: 7 });
    expect(ChargeJob.charged).toEqual([]);
    unstub();
    await kit.perform(ChargeJob, { orderId: 8 });

    expect(ChargeJob.charged).toEqual([["real", 8, 1, 5]]);
  });

  it("refuses a class that is none of the kit's", async () => {
    const kit = await aKit([ChargeJob]);

    await expect(kit.perform(aTellingJob().job, { name: "a" })).rejects.toMatchObject({ code: "UNKNOWN_JOB" });
  });
});
