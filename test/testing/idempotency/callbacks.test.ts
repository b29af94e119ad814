// checkIdempotent: what a handler's function calls, when an effect calls it back, are points to die at.

import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { CannotJudgeError, checkIdempotent, NotIdempotentError } from "wheelwright/testing";
import { rejection } from "../a-kit.ts";
import { aWorld } from "./usual-mistakes.ts";

/** A shop whose ledger is a table of a database: a transaction that fails is rolled back. */
function aShop() {
  const world = aWorld();
  const { paid } = world.ledger;
  const rolledBack: unknown[] = [];
  const db = {
    async transaction<T>(work: () => Promise<T>): Promise<T> {
      const before = [...paid];
      try {
        return await work();
      } catch (error) {
        rolledBack.push(error);
        paid.clear();
        for (const row of before) paid.add(row);
        throw error;
      }
    },
  };
  return { ...world, db, rolledBack, effects: { db, gateway: world.gateway, ledger: world.ledger } };
}

type Shop = ReturnType<typeof aShop>;

function check(shop: Omit<Shop, "effects"> & { effects: object }, perform: () => unknown) {
  const job = defineJob("ChargeJob", {}, async () => void (await perform()));
  const { reset, observe, effects } = shop;
  return checkIdempotent({
    jobs: [job],
    enqueue: () => job.enqueue(),
    reset,
    observe,
    effects: effects as Record<string, object>,
  });
}

describe("checkIdempotent: callbacks of effects", () => {
  it("finds the charge in a transaction that is done twice", async () => {
    const shop = aShop();
    const { db, gateway, ledger } = shop;

    const error = await rejection(
      check(shop, async () => {
        if (await ledger.isPaid(7)) return;
        await db.transaction(async () => {
          await gateway.charge(1999);
          await ledger.mark(7);
        });
      }),
    );

    expect(error).toBeInstanceOf(NotIdempotentError);
    expect(error).toMatchObject({
      points: ["after gateway.charge(1999)", "before ledger.mark(7)", "after ledger.mark(7)"],
      twice: ["gateway.charge(1999)"],
    });
    expect(error.message).toContain("dies      after gateway.charge(1999)\n            before ledger.mark(7)");
  });

  it("lets the effect end a transaction whose worker died, and delivers again to a clean table", async () => {
    const shop = aShop();
    const { db, ledger, rolledBack } = shop;
    let caught = 0;

    const { points } = await check(shop, async () => {
      try {
        await db.transaction(async () => {
          if (ledger.paid.size === 1) throw new Error("half a transaction is left");
          await ledger.mark(7);
          await ledger.mark(8);
        });
      } catch {
        caught++;
      }
    });

    expect(points.map((point) => point.replace(/transaction\(.*\)$/, "transaction(…)"))).toEqual([
      "before db.transaction(…)",
      "before ledger.mark(7)",
      "after ledger.mark(7)",
      "before ledger.mark(8)",
      "after ledger.mark(8)",
      "after db.transaction(…)",
      "when #1 ChargeJob has returned, before its outcome is stored",
    ]);
    expect(rolledBack).toHaveLength(8); // once for each death in the callback, of which each is played twice
    expect(caught).toBe(0);
  });

  it("frees a lock whose holder died", async () => {
    const shop = aShop();
    let last: Promise<unknown> = Promise.resolve();
    const lock = {
      withLock<T>(work: () => Promise<T>): Promise<T> {
        const result = last.then(work);
        last = result.catch(() => undefined);
        return result;
      },
    };

    await expect(
      check({ ...shop, effects: { lock, ...shop.effects } }, () => lock.withLock(() => shop.ledger.mark(7))),
    ).resolves.toMatchObject({ points: { length: 5 } });
  });

  it("never runs a callback of the dead again, whatever the effect tries", async () => {
    const shop = aShop();
    let begun = 0;
    const retry = {
      async thrice(work: () => Promise<void>): Promise<string> {
        for (let attempt = 0; attempt < 3; attempt++) {
          try {
            await work();
            break;
          } catch {
            // Tried again.
          }
        }
        return "gave up";
      },
    };
    const answers: string[] = [];

    await check({ ...shop, effects: { retry, ledger: shop.ledger } }, async () => {
      const answer = await retry.thrice(async () => {
        begun++;
        await shop.ledger.mark(7);
      });
      answers.push(answer);
    });

    // Four unharmed runs and two of one delivery for each of 5 deaths; and those begun that died in the callback or after it.
    expect(begun).toBe(14 + 8);
    expect(answers).toHaveLength(14 + 2);
  });

  it("throws the crash out of a synchronous effect that swallows what its callback throws", async () => {
    const paid = new Set<number>();
    const ledger = { mark: (row: number) => void paid.add(row) };
    const db = {
      attempt(work: () => void): boolean {
        try {
          work();
          return true;
        } catch {
          return false;
        }
      },
    };
    const job = defineJob("ChargeJob", {}, () => {
      if (!db.attempt(() => ledger.mark(7))) throw new Error("it went on");
    });

    await expect(
      checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue(),
        reset: () => paid.clear(),
        observe: () => [...paid],
        effects: { db, ledger },
      }),
    ).resolves.toMatchObject({ points: { length: 5 } });
  });

  it("tells of a handler that catches the crash of a callback", async () => {
    const paid = new Set<number>();
    const ledger = { mark: (row: number) => void paid.add(row) };
    const db = { transaction: (work: () => void) => work() };
    const job = defineJob("ChargeJob", {}, () => {
      try {
        db.transaction(() => ledger.mark(7));
      } catch {
        // It goes on.
      }
    });

    const error = await rejection(
      checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue(),
        reset: () => paid.clear(),
        observe: () => [...paid],
        effects: { db, ledger },
      }),
    );

    expect(error).toBeInstanceOf(CannotJudgeError);
  });

  it("counts functions among options, and none that an effect calls of itself", async () => {
    const shop = aShop();
    const { gateway, ledger } = shop;
    const flow = {
      async run({ step }: { step: (order: number) => Promise<void> }): Promise<void> {
        await ledger.mark(1);
        await step(7);
      },
      async pay(by: { charge(cents: number): Promise<void> }): Promise<void> {
        await by.charge(5);
      },
    };
    const cash = { charge: async () => undefined };

    const { points } = await check({ ...shop, effects: { flow, gateway, ledger, cash } }, async () => {
      await flow.run({ step: (order) => ledger.mark(order) });
      await flow.pay(cash);
    });

    expect(gateway.charges).toEqual([]);
    expect(points.map((point) => point.replace(/\(.*/, ""))).toEqual([
      "before flow.run",
      "before ledger.mark",
      "after ledger.mark",
      "after flow.run",
      "before flow.pay",
      "after flow.pay",
      "when #1 ChargeJob has returned, before its outcome is stored",
    ]);
  });

  // A CrashSignal thrown into the turn in which a dead worker's callback comes ended the process.
  it.each(["by hand", "by promisify"])("calls nothing back of the dead, Node-style, made a promise %s", async (how) => {
    const rows = new Set<string>();
    const db = {
      put(key: string, done: (error: Error | null) => void): void {
        setImmediate(() => {
          rows.add(key);
          done(null);
        });
      },
    };
    const job = defineJob("SaveJob", {}, async () => {
      if (how === "by promisify") return void (await promisify(db.put.bind(db))("a"));
      await new Promise<void>((resolve, reject) => db.put("a", (error) => (error ? reject(error) : resolve())));
    });

    await expect(
      checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue(),
        reset: () => rows.clear(),
        observe: () => [...rows],
        effects: { db },
      }),
    ).resolves.toMatchObject({ points: { length: 3 } });
    await new Promise((resolve) => setImmediate(resolve)); // The last callback of the dead comes before.
  });

  it("stops a Node-style callback in which the worker dies, and throws into no timer", async () => {
    const rows = new Set<string>();
    const ledger = { mark: (row: string) => void rows.add(row) };
    let wentOn = 0;
    const db = { put: (done: () => void) => void setTimeout(done, 0) };
    const job = defineJob("SaveJob", {}, async () => {
      await new Promise<void>((resolve) =>
        db.put(() => {
          ledger.mark("a");
          wentOn++;
          resolve();
        }),
      );
    });

    const { points } = await checkIdempotent({
      jobs: [job],
      enqueue: () => job.enqueue(),
      reset: () => rows.clear(),
      observe: () => [...rows],
      effects: { db, ledger },
    });

    expect(points).toHaveLength(5);
    // Three unharmed runs; and of each death two runs, with a second delivery, one of which died when it had returned.
    expect(wentOn).toBe(3 + 2 * (5 + 1));
  });
});
