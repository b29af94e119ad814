import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Job, type JobContext } from "wheelwright";
import { idempotencyProperty } from "wheelwright/fast-check";
import { failureOf } from "./failure-of.ts";

const RUNS = { numRuns: process.env.TEST_THOROUGH === "1" ? 300 : 25 };

interface Order {
  readonly orderId: number;
  readonly cents: number;
}
const data: fc.Arbitrary<Order> = fc.record({ orderId: fc.nat({ max: 5 }), cents: fc.nat({ max: 10_000 }) });

/** Charges by the key that it is given: the second charge of one key does nothing. */
class Ledger {
  readonly charges = new Map<string, number>();
  async charge(key: string, cents: number): Promise<void> {
    if (!this.charges.has(key)) this.charges.set(key, cents);
  }
}
const ledger = new Ledger();
const observing = { reset: () => ledger.charges.clear(), observe: () => [...ledger.charges] };

class ChargeJob extends Job<Order> {
  async perform({ cents }: Order, { job }: JobContext): Promise<void> {
    await ledger.charge(job.id, cents);
  }
}

let calls = 0;
class ChargeAgainJob extends Job<Order> {
  async perform({ cents }: Order): Promise<void> {
    await ledger.charge(`call ${++calls}`, cents);
  }
}

class ReceiptJob extends Job<Order> {
  async perform({ orderId, cents }: Order): Promise<void> {
    await ledger.charge(`receipt ${orderId}`, cents);
  }
}

class ChargeWithReceiptJob extends Job<Order> {
  override maxRetries = 1;
  async perform({ orderId, cents }: Order, { job, enqueue }: JobContext): Promise<void> {
    await ledger.charge(job.id, cents);
    await enqueue(ReceiptJob, { orderId, cents }, { id: `${job.id}-r` });
  }
}

describe("idempotencyProperty", () => {
  it("holds of a job that goes by its id", async () => {
    await fc.assert(idempotencyProperty(ChargeJob, { data, ...observing }), RUNS);
  });

  it("is broken by a key that is made of the time, which is another one when the lease is over", async () => {
    class ByTimeJob extends Job<Order> {
      async perform({ cents }: Order, { now }: JobContext): Promise<void> {
        await ledger.charge(now().toISOString(), cents);
      }
    }

    const message = await failureOf(idempotencyProperty(ByTimeJob, { data, ...observing, maxJobs: 1 }));

    expect(message).toContain("ByTimeJob is not safe to repeat.");
    expect(message).toContain("delivered again when the lease was over, after a worker died");
  });

  it("holds of a job with a follow-up of a given id, whose single attempt is not used up", async () => {
    await fc.assert(idempotencyProperty(ChargeWithReceiptJob, { data, jobs: [ReceiptJob], ...observing }), RUNS);
  });

  it("R25 fails for a job whose key is made of the attempt's number", async () => {
    class KeyedByAttemptJob extends Job<Order> {
      async perform({ cents }: Order, { job: { id, attempts } }: JobContext): Promise<void> {
        await ledger.charge(`${id}-${attempts}`, cents);
      }
    }

    expect(await failureOf(idempotencyProperty(KeyedByAttemptJob, { data, ...observing }))).toContain(
      "[ 'delivered-1-2', 0 ]",
    );
  });

  it("fails where observe has forgotten its return", async () => {
    const observe = (): unknown => undefined;

    const message = await failureOf(idempotencyProperty(ChargeAgainJob, { data, reset: observing.reset, observe }));

    expect(message).toContain("CannotJudgeError: idempotencyProperty cannot judge these jobs: observe gave undefined");
  });

  it("R20 holds of a job that fails as often as it may", async () => {
    const failures = new Map<string, number>();
    class FlakyJob extends Job<Order> {
      override maxRetries = 2;
      async perform({ cents }: Order, { job: { id } }: JobContext): Promise<void> {
        await ledger.charge(id, cents);
        failures.set(id, (failures.get(id) ?? 0) + 1);
        if (failures.get(id) === 3) throw new Error("try again");
      }
    }
    const reset = (): void => {
      failures.clear();
      observing.reset();
    };

    await fc.assert(idempotencyProperty(FlakyJob, { data, observe: observing.observe, reset }), RUNS);
  });

  it("fails for a job that does its work anew, with both observations and the smallest data", async () => {
    const property = idempotencyProperty(ChargeAgainJob, {
      data,
      reset: () => {
        calls = 0;
        ledger.charges.clear();
      },
      observe: () => [...ledger.charges],
    });

    const message = await failureOf(property);

    expect(message).toContain('Counterexample: [[{"data":{"orderId":0,"cents":0},"redeliveries":1}]]');
    expect(message).toContain(
      "ChargeAgainJob is not safe to repeat. Delivered once, what is observed is [ [ 'call 1', 0 ] ]; delivered again after a worker died before it could say that the job was done, it is [ [ 'call 1', 0 ], [ 'call 2', 0 ] ].",
    );
    expect(message).toContain("(context.job.id stays the same, the attempt's number does not)");
  });

  it("tells the same on SQLite, each play in a store without jobs, and opens what it is told to", async () => {
    const told = (store: string): Promise<string> => {
      const reset = (): void => {
        calls = 0;
        ledger.charges.clear();
      };
      return failureOf(idempotencyProperty(ChargeAgainJob, { data, reset, observe: () => [...ledger.charges], store }));
    };

    expect(await told("sqlite::memory:")).toBe(await told("memory:"));
    expect(await told("gopher://jobs")).toContain("gopher://jobs");
  });

  it("rejects with the handler's own error where a delivery throws", async () => {
    class StrictJob extends Job<Order> {
      override maxRetries = 1;
      async perform({ orderId, cents }: Order): Promise<void> {
        if (ledger.charges.has(`order ${orderId}`)) throw new Error("charged already");
        await ledger.charge(`order ${orderId}`, cents);
      }
    }

    expect(await failureOf(idempotencyProperty(StrictJob, { data, ...observing }))).toContain("charged already");
  });

  it("refuses an option that it does not know", () => {
    const property = () => idempotencyProperty(ChargeJob, { data, ...observing, redeliveries: 2 } as never); // `as`: what JavaScript may hand in

    expect(property).toThrow(
      'idempotencyProperty\'s option "redeliveries" is 2; expected one of data, reset, observe, effects, jobs, maxRedeliveries, maxJobs, store.',
    );
  });

  it("names its own jobs for a follow-up whose class is missing", async () => {
    const lines = await failureOf(idempotencyProperty(ChargeWithReceiptJob, { data, ...observing }));

    const message = lines.replaceAll(/\s+/g, " ");
    expect(message).toContain("Pass it in idempotencyProperty(…, { jobs: [ReceiptJob] }).");
    expect(message).toContain("Whatever idempotencyProperty plays is to complete: mend the job, or let data");
  });

  describe("with effects", () => {
    const paid = new Set<number>();
    const book = {
      mark: async (orderId: number) => void paid.add(orderId),
      has: async (orderId: number) => paid.has(orderId),
    };
    const world = {
      data,
      effects: { book, ledger },
      reset: () => {
        paid.clear();
        ledger.charges.clear();
      },
      observe: () => ({ paid: [...paid], charges: [...ledger.charges] }),
    };

    class MarkFirstJob extends Job<Order> {
      async perform({ orderId, cents }: Order): Promise<void> {
        if (await book.has(orderId)) return;
        await book.mark(orderId);
        await ledger.charge(`order ${orderId}`, cents);
      }
    }

    class ChargeFirstJob extends Job<Order> {
      async perform({ orderId, cents }: Order): Promise<void> {
        await ledger.charge(`order ${orderId}`, cents);
        await book.mark(orderId);
      }
    }

    it("finds what is lost between two of them, which a whole delivery does not show", async () => {
      await fc.assert(idempotencyProperty(MarkFirstJob, { ...world, effects: undefined }), RUNS);

      const message = await failureOf(idempotencyProperty(MarkFirstJob, world));

      expect(message).toContain('Counterexample: [[{"data":{"orderId":0,"cents":0},"redeliveries":1}]]');
      expect(message).toContain("NotIdempotentError: MarkFirstJob must not be delivered again: ledger.charge is lost.");
    });

    it("holds of the mended job", async () => {
      await fc.assert(idempotencyProperty(ChargeFirstJob, world), { numRuns: 10 });
    });
  });
});
