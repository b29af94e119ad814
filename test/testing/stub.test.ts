// `kit.stub` and `kit.watch`: stand-ins for perform, and watchers of it, in one kit only.

import { describe, expect, it } from "vitest";
import { Job, type JobContext } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { aKit, aTellingJob, NOON, PaymentError, rejection } from "./a-kit.ts";

class ChargeJob extends Job<{ orderId: number }> {
  static charges = 0;
  override perform(): void {
    ChargeJob.charges++;
  }
}

describe("kit.stub", () => {
  it("takes a function, which gets data and context", async () => {
    const kit = await aKit([ChargeJob], { now: NOON });
    const seen: unknown[] = [];
    ChargeJob.charges = 0;
    kit.stub(ChargeJob, async ({ orderId }, context: JobContext) => {
      await context.sleep("1m");
      seen.push(orderId, context.attempt, context.now());
    });
    await ChargeJob.enqueue({ orderId: 7 });

    await kit.advance("1m");

    expect(seen).toEqual([7, 1, new Date(NOON.getTime() + 60_000)]);
    expect(ChargeJob.charges).toBe(0);
  });

  it('takes "complete"', async () => {
    const kit = await aKit([ChargeJob]);
    ChargeJob.charges = 0;
    kit.stub(ChargeJob, "complete");
    const { id } = await ChargeJob.enqueue({ orderId: 7 });

    await kit.drain();

    expect(await kit.jobs.find(id)).toMatchObject({ status: "completed" });
    expect(ChargeJob.charges).toBe(0);
  });

  it("takes how many attempts fail, each job its own, and with what", async () => {
    const kit = await aKit([ChargeJob], { now: NOON });
    const declined = new PaymentError("card declined");
    kit.stub(ChargeJob, { fails: 2, with: declined });
    const ids = [await ChargeJob.enqueue({ orderId: 1 }), await ChargeJob.enqueue({ orderId: 2 })].map(({ id }) => id);

    expect(await kit.drainUntilIdle()).toMatchObject({ ran: 6, retried: 4, completed: 2 });

    for (const id of ids) expect(await kit.jobs.find(id)).toMatchObject({ attempts: 3, lastError: "card declined" });
    expect(kit.events({ type: "retried" }).every(({ error }) => error === declined)).toBe(true);
  });

  it("says whose failure it is, where none is given", async () => {
    const kit = await aKit([ChargeJob], { now: NOON });
    kit.stub(ChargeJob, { fails: Number.POSITIVE_INFINITY });
    await ChargeJob.enqueue({ orderId: 1 });

    const error = await rejection(kit.drainUntilIdle());

    expect(error.cause).toMatchObject({ message: "ChargeJob was stubbed to fail (3 of Infinity)" });
  });

  it("may fail with undefined, as a handler may", async () => {
    const kit = await aKit([ChargeJob]);
    kit.stub(ChargeJob, { fails: 1, with: undefined });
    const { id } = await ChargeJob.enqueue({ orderId: 1 });

    await kit.drain();

    expect(await kit.jobs.find(id)).toMatchObject({ lastError: "undefined was thrown" });
  });

  it("stands in in its own kit only, and touches no prototype", async () => {
    const { perform } = ChargeJob.prototype;
    const [stubbed, plain] = [await aKit([ChargeJob]), await aKit([ChargeJob])];
    ChargeJob.charges = 0;
    stubbed.stub(ChargeJob, "complete");

    for (const kit of [stubbed, plain]) {
      await kit.run(() => ChargeJob.enqueue({ orderId: 1 }));
      await kit.drain();
    }

    expect(ChargeJob.charges).toBe(1);
    expect(ChargeJob.prototype.perform).toBe(perform);
  });

  it("is taken away by what it returns, and what it hid counts again", async () => {
    const kit = await aKit([ChargeJob]);
    const ran: string[] = [];
    const undoFirst = kit.stub(ChargeJob, () => ran.push("first"));
    const undoSecond = kit.stub(ChargeJob, () => ran.push("second"));
    const runOne = async (): Promise<void> => {
      await ChargeJob.enqueue({ orderId: 1 });
      await kit.drain();
    };
    ChargeJob.charges = 0;

    await runOne();
    undoSecond();
    await runOne();
    undoFirst();
    undoFirst();
    await runOne();

    expect(ran).toEqual(["second", "first"]);
    expect(ChargeJob.charges).toBe(1);
  });

  it("refuses what is no stub, and a class that is none of the kit's", async () => {
    const kit = await createTestKit({ jobs: [ChargeJob] });

    for (const bad of ["fail", null, undefined, 3, {}, { fails: -1 }, { fails: "2" }, { fails: Number.NaN }])
      expect(() => kit.stub(ChargeJob, bad as "complete")).toThrow("the stub of ChargeJob"); // `as`: what JavaScript may pass
    expect(() => kit.stub(aTellingJob().job, "complete")).toThrow('No job class "TellJob"');
    await kit.dispose();
  });
});

describe("kit.watch", () => {
  it("sees the calls of perform and enqueue, a stub's too, until it is ended", async () => {
    const kit = await aKit([ChargeJob]);
    const seen: unknown[] = [];
    const end = kit.watch(ChargeJob, {
      perform: (proceed, data) => {
        seen.push(["perform", data]);
        return proceed();
      },
      enqueue: (data, options) => void seen.push(["enqueue", data, options]),
    });
    ChargeJob.charges = 0;

    await ChargeJob.enqueue({ orderId: 1 }, { queue: "money" });
    await kit.drain();
    kit.stub(ChargeJob, "complete");
    await ChargeJob.enqueue({ orderId: 2 });
    await kit.drain();
    end();
    await ChargeJob.enqueue({ orderId: 3 });
    await kit.drain();

    expect(seen).toEqual([
      ["enqueue", { orderId: 1 }, { queue: "money" }],
      ["perform", { orderId: 1 }],
      ["enqueue", { orderId: 2 }, undefined],
      ["perform", { orderId: 2 }],
    ]);
    expect(ChargeJob.charges).toBe(1);
  });
});
