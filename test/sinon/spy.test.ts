// Sinon's own spies on the jobs of one kit.

import sinon from "sinon";
import { describe, expect, it } from "vitest";
import { Job, UnknownJobError } from "wheelwright";
import { spy } from "wheelwright/sinon";
import { createTestKit } from "wheelwright/testing";

class ChargeCardJob extends Job<{ orderId: number; cents: number }> {
  override perform(data: { orderId: number; cents: number }): void {
    if (data.cents > 100_00) throw new Error("card declined");
  }
}

class OtherJob extends Job {
  override async perform(): Promise<string> {
    return "done";
  }
}

const aKit = () => createTestKit({ jobs: [ChargeCardJob, OtherJob], leftovers: "ignore" });

describe("spy", () => {
  it("is called with data and context for each attempt, and the job runs as ever", async () => {
    const kit = await aKit();
    const { perform } = spy(kit, ChargeCardJob);
    const job = await kit.jobs.enqueue(ChargeCardJob, { orderId: 7, cents: 999 });

    await kit.drain();

    sinon.assert.calledOnceWithMatch(perform, { orderId: 7 }, sinon.match({ attempt: 1 }));
    expect((await kit.jobs.find(job.id))?.status).toBe("completed");
    await kit.dispose();
  });

  it("knows what a handler threw, and what it returned", async () => {
    const kit = await aKit();
    const charge = spy(kit, ChargeCardJob);
    const other = spy(kit, OtherJob);
    kit.expectFailure(ChargeCardJob, "card declined");
    await kit.jobs.enqueue(ChargeCardJob, { orderId: 7, cents: 100_01 });
    await kit.jobs.enqueue(OtherJob);

    await kit.drainUntilIdle();

    expect(charge.perform.callCount).toBe(3);
    expect(charge.perform.exceptions.map((error) => error?.message)).toEqual(Array(3).fill("card declined"));
    await expect(other.perform.firstCall.returnValue).resolves.toBe("done");
    await kit.dispose();
  });

  it("is called with data and options for each enqueue, also for one that is refused", async () => {
    const kit = await aKit();
    const { enqueue } = spy(kit, ChargeCardJob);
    await kit.jobs.enqueue(ChargeCardJob, { orderId: 1, cents: 5 }, { priority: "high" });
    await expect(kit.jobs.enqueue(ChargeCardJob, { orderId: 2, cents: 5 }, { priority: 0.5 })).rejects.toThrow(
      "priority",
    );

    sinon.assert.calledTwice(enqueue);
    sinon.assert.calledWithExactly(enqueue.firstCall, { orderId: 1, cents: 5 }, { priority: "high" });
    await kit.dispose();
  });

  it("watches a stub in the handler's place", async () => {
    const kit = await aKit();
    kit.stub(ChargeCardJob, { fails: 1, with: new Error("gateway down") });
    const { perform } = spy(kit, ChargeCardJob);
    await kit.jobs.enqueue(ChargeCardJob, { orderId: 7, cents: 100_01 });

    await kit.drainUntilIdle();

    expect(perform.exceptions.map((error) => error?.message)).toEqual(["gateway down", undefined]);
    await kit.dispose();
  });

  it("touches no prototype, so another kit's calls are not seen", async () => {
    const own = ChargeCardJob.prototype.perform;
    const [watched, other] = [await aKit(), await aKit()];
    const { perform, enqueue } = spy(watched, ChargeCardJob);
    await other.jobs.enqueue(ChargeCardJob, { orderId: 7, cents: 1 });
    await other.drain();

    sinon.assert.notCalled(perform);
    sinon.assert.notCalled(enqueue);
    expect(ChargeCardJob.prototype.perform).toBe(own);
    await watched.dispose();
    await other.dispose();
  });

  it("ends with restore", async () => {
    const kit = await aKit();
    const { perform, enqueue, restore } = spy(kit, ChargeCardJob);
    restore();
    await kit.jobs.enqueue(ChargeCardJob, { orderId: 7, cents: 1 });
    await kit.drain();

    sinon.assert.notCalled(perform);
    sinon.assert.notCalled(enqueue);
    await kit.dispose();
  });

  it("is called on the instance that performs", async () => {
    const kit = await aKit();
    const { perform } = spy(kit, ChargeCardJob);
    for (const orderId of [1, 2]) await kit.jobs.enqueue(ChargeCardJob, { orderId, cents: 1 });

    await kit.drain();

    sinon.assert.alwaysCalledOn(perform, sinon.match.instanceOf(ChargeCardJob));
    expect(perform.thisValues[0]).not.toBe(perform.thisValues[1]);
    await kit.dispose();
  });

  it("ends with the restore of its sandbox, which resets its history too", async () => {
    const kit = await aKit();
    const sandbox = sinon.createSandbox();
    const { perform, enqueue } = spy(kit, ChargeCardJob, { sandbox });
    const charge = async (orderId: number): Promise<void> => {
      await kit.jobs.enqueue(ChargeCardJob, { orderId, cents: 1 });
      await kit.drain();
    };

    await charge(1);
    sinon.assert.calledOnce(perform);
    sandbox.resetHistory();
    sinon.assert.notCalled(perform);
    await charge(2);
    sinon.assert.calledOnce(perform);
    sandbox.restore();
    await charge(3);

    sinon.assert.neverCalledWith(perform, sinon.match({ orderId: 3 }));
    sinon.assert.neverCalledWith(enqueue, sinon.match({ orderId: 3 }));
    expect(await kit.jobs.queueStats()).toMatchObject({ completed: 3 });
    await kit.dispose();
  });

  it("ends with sinon.restore() where no sandbox is given", async () => {
    const kit = await aKit();
    const { enqueue } = spy(kit, ChargeCardJob);

    sinon.restore();
    await kit.jobs.enqueue(ChargeCardJob, { orderId: 1, cents: 1 });

    sinon.assert.notCalled(enqueue);
    await kit.dispose();
  });

  it("refuses a class that the kit does not know", async () => {
    const kit = await createTestKit({ jobs: [OtherJob] });

    expect(() => spy(kit, ChargeCardJob)).toThrow(UnknownJobError);
    await kit.dispose();
  });
});
