// Deliveries when the lease of a dead worker is over: what a key made of the time, and a lock that expires, come to.

import { describe, expect, it } from "vitest";
import { type DefinedJob, defineJob, type JobContext } from "wheelwright";
import { checkIdempotent, type IdempotencyReport, type NotIdempotentError } from "wheelwright/testing";
import { timeless } from "../../../src/testing/idempotency/timeless.ts";
import { rejection } from "../a-kit.ts";

type Perform = (data: object, context: JobContext) => Promise<void>;

/** Who pays under keys, and a lock that expires by the clock that it is told. */
class Bank {
  readonly paid = new Map<string, unknown>();
  #freeAt = 0;
  readonly gateway = {
    pay: async (key: string, what: unknown = "paid"): Promise<void> => {
      if (!this.paid.has(key)) this.paid.set(key, what);
    },
  };
  readonly lock = {
    acquire: async (now: Date, seconds: number): Promise<boolean> => {
      if (this.#freeAt > now.getTime()) return false;
      this.#freeAt = now.getTime() + seconds * 1000;
      return true;
    },
    release: async (): Promise<void> => {
      this.#freeAt = 0;
    },
  };

  check(perform: Perform, times = 1, more: readonly DefinedJob<object>[] = []): Promise<IdempotencyReport> {
    const job = defineJob("PayJob", { timeout: 60 }, perform);
    return checkIdempotent({
      jobs: [job, ...more],
      enqueue: async () => {
        for (let n = 1; n <= times; n++) await job.enqueue({}, { id: `pay-${n}` });
      },
      reset: () => {
        this.paid.clear();
        this.#freeAt = 0;
      },
      observe: () => this.paid,
      effects: { gateway: this.gateway, lock: this.lock },
    });
  }
}

describe("checkIdempotent: a delivery when the lease is over", () => {
  it.each<[string, (context: JobContext) => string]>([
    ["the clock's time", ({ now }) => `order 7 at ${now().toISOString()}`],
    ["the clock's milliseconds", ({ now }) => `order 7 at ${now().getTime()}`],
    ["when the attempt began", ({ job }) => `order 7 at ${job.startedAt?.toISOString()}`],
  ])("finds a key that is made of %s", async (_, keyOf) => {
    const bank = new Bank();

    const error = await rejection(bank.check((_data, context) => bank.gateway.pay(keyOf(context))));

    const [call, end] = (error as NotIdempotentError).points; // `as`: its message is looked at below
    expect([call, end]).toEqual([expect.stringMatching(/^after gateway\.pay\(/), expect.stringMatching(/^when #1 /)]);
    expect(error.message).toContain("PayJob must not be delivered again: gateway.pay is done twice.");
    expect(error.message).toContain("↯ the worker dies; the job is delivered again when its lease is over");
    expect(error.message).toContain("What is made anew in each delivery is no key.");
  });

  // None of these has entries, by which the runs were compared: any two were the same.
  it.each<[string, (text: string) => unknown]>([
    ["an Error's message", (text) => new Error(text)],
    ["a pattern", (text) => new RegExp(text)],
    ["bytes", (text) => new TextEncoder().encode(text).buffer],
    ["a boxed number", (text) => Object(Number(text.replace(/\D/g, "")))],
  ])("finds what differs in %s", async (_, shown) => {
    const paid = new Map<string, number>();
    const gateway = { pay: async (key: string) => void paid.set(key, 1) };
    const job = defineJob("PayJob", {}, (_data, { now }) => gateway.pay(now().toISOString()));

    const check = checkIdempotent({
      jobs: [job],
      enqueue: () => job.enqueue(),
      reset: () => paid.clear(),
      observe: () => [shown(`paid ${paid.size} times`)],
      effects: { gateway },
    });

    expect((await rejection(check)).message).toContain("PayJob must not be delivered again");
  });

  it("compares no instants in an Error's message", () => {
    const startMs = Date.UTC(2030, 0, 1);
    const at = (ms: number) => timeless(new Error(`late at ${new Date(startMs + ms).toISOString()}`), startMs);

    expect(at(30_000)).toEqual(at(0));
  });

  it("takes no offence at a lock that a dead worker leaves, and that is over by then", async () => {
    const bank = new Bank();

    const { points } = await bank.check(async (_, { now }) => {
      if (!(await bank.lock.acquire(now(), 30))) throw new Error("busy");
      try {
        await bank.gateway.pay("order 7");
      } finally {
        await bank.lock.release();
      }
    });

    expect(points).toHaveLength(7);
  });

  it("fails a lock that outlasts every attempt", async () => {
    const bank = new Bank();

    const error = await rejection(
      bank.check(async (_, { now }) => {
        if (!(await bank.lock.acquire(now(), 86_400))) throw new Error("busy");
        await bank.gateway.pay("order 7");
      }),
    );

    expect(error.message).toContain('PayJob must not be delivered again: its second delivery fails with "busy".');
  });

  it("compares no instants: a row may tell when it was written, in whatever form", async () => {
    const bank = new Bank();

    const { points } = await bank.check(async (_, { now }) => {
      const at = now();
      const seconds = Math.floor(at.getTime() / 1000);
      await bank.gateway.pay("order 7", { at, text: `paid at ${at.toISOString()}`, times: new Set([at, seconds]) });
    });

    expect(points).toHaveLength(3);
  });

  it("leaves several jobs in their order: whose write comes last is nothing that a delivery has to keep", async () => {
    const bank = new Bank();

    const { points } = await bank.check((_, { job }) => bank.gateway.pay("the first", job.id), 2);

    expect(points).toHaveLength(6);
  });
});
