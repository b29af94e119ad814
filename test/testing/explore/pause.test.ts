// What explore finds as a lease takes time to end: the worker that held the claim is gone, or stands still and comes back.

import { describe, expect, it } from "vitest";
import { type AnyJobClass, createJobs, defineJob, type JobContext, MemoryJobStore } from "wheelwright";
import { type Exploration, explore, InvariantBrokenError } from "wheelwright/testing";
import { rejection } from "../a-kit.ts";
import { fewer, isInMemory } from "../a-store.ts";
import { aMutex } from "./a-mutex.ts";

const LOCK_MS = 10_000;

/** A lock that is free again after a while, whoever holds it, and gives each holder a greater number. */
class ExpiringLock {
  #held: { readonly token: number; readonly until: number } | null = null;
  #tokens = 0;

  async acquire(now: Date): Promise<number> {
    if (this.#held !== null && this.#held.until > now.getTime()) throw new Error("somebody holds it");
    this.#held = { token: ++this.#tokens, until: now.getTime() + LOCK_MS };
    return this.#held.token;
  }

  async release(token: number): Promise<void> {
    if (this.#held?.token === token) this.#held = null;
  }
}

class Shelf {
  left = 10;
  readonly #isFenced: boolean;
  readonly #picked = new Set<string>();
  #newest = 0;

  constructor(isFenced: boolean) {
    this.#isFenced = isFenced;
  }

  async count(token: number): Promise<number> {
    this.#admit(token);
    return this.left;
  }

  async leave(count: number, id: string, token: number): Promise<void> {
    if (this.#picked.has(id)) return;
    this.#admit(token);
    this.#picked.add(id);
    this.left = count;
  }

  /** Whoever held the lock before the newest holder has come too late. */
  #admit(token: number): void {
    if (this.#isFenced && token < this.#newest) throw new Error(`${token} is over, ${this.#newest} has come`);
    this.#newest = token;
  }
}

/** Two orders are picked from one shelf, under a lock that expires. */
function aPick(form: { readonly isFenced: boolean }): Exploration {
  const world = { lock: new ExpiringLock(), shelf: new Shelf(form.isFenced) };
  const lock = {
    acquire: (now: Date) => world.lock.acquire(now),
    release: (token: number) => world.lock.release(token),
  };
  const shelf = {
    count: (token: number) => world.shelf.count(token),
    leave: (count: number, id: string, token: number) => world.shelf.leave(count, id, token),
  };
  const pick = defineJob("PickJob", { maxRetries: 50 }, async (_data, { job, now }: JobContext) => {
    const token = await lock.acquire(now());
    try {
      await shelf.leave((await shelf.count(token)) - 1, job.id, token);
    } finally {
      await lock.release(token);
    }
  });
  return {
    jobs: [pick],
    scenario: async () => {
      world.lock = new ExpiringLock();
      world.shelf = new Shelf(form.isFenced);
      await pick.enqueue();
      await pick.enqueue();
    },
    invariant: () => expect(world.shelf.left, "on the shelf").toBe(8),
    effects: { lock, shelf },
  };
}

describe("explore, with pauses", () => {
  it("finds a lock that expires while its holder stands still", async () => {
    const error = (await rejection(
      explore({ ...aPick({ isFenced: false }), faults: { pause: true } }),
    )) as InvariantBrokenError; // `as`: see the next line

    expect(error).toBeInstanceOf(InvariantBrokenError);
    expect(error.message).toContain("on the shelf: expected 9 to be 8");
    const steps = error.schedule.join("\n");
    expect(steps).toMatch(/▸ worker-\d: is paused past the end of its lease \(has the answer of .+\)/);
    expect(steps).toMatch(/s pass, and the lease of #\d PickJob is over/);
    expect(steps).toMatch(/worker-\d goes on after its pause/);
  });

  it("accepts one whose numbers are asked for with every read and write, whatever goes wrong", async () => {
    const runs = fewer(600, 50);

    await expect(explore({ ...aPick({ isFenced: true }), runs })).resolves.toMatchObject({ runs });
  });

  it("R25 takes nothing from a worker that comes back before anybody looked", async () => {
    const attempts: number[] = [];
    const gateway = { charge: async () => undefined };
    const job = defineJob("ChargeJob", { maxRetries: 1 }, async (_data, { attempt }: JobContext) => {
      await gateway.charge();
      attempts.push(attempt);
    });

    const explored = await explore({
      jobs: [job],
      scenario: async () => {
        attempts.length = 0;
        await job.enqueue();
      },
      invariant: () => expect(attempts).toEqual([1]),
      effects: { gateway },
      workers: 1,
      faults: { pause: true },
    });

    expect(explored.steps).toBeGreaterThan(explored.runs * 3); // Some were paused.
  });

  it("R16 lets a handler do what it was at, and then tells it that its claim was taken back", async () => {
    const seen = new Set<string>();
    const gateway = { check: async () => undefined, charge: async (_text: string) => undefined };
    const job = defineJob("ChargeJob", {}, async (_data, { signal, attempt }: JobContext) => {
      await gateway.check();
      const before = signal.aborted;
      await gateway.charge(`attempt ${attempt}`);
      seen.add(`attempt ${attempt}: ${before}, then ${signal.aborted}`);
    });

    await explore({
      jobs: [job],
      scenario: () => job.enqueue(),
      invariant: () => true,
      effects: { gateway },
      faults: { pause: true },
    });

    expect(seen).toContain("attempt 1: false, then true");
    expect(seen).toContain("attempt 2: false, then false");
  });

  it("comes to rest where others wait for a lock that the one who stands still holds", async () => {
    const mutex = aMutex();
    const shelf = { left: 0, picked: new Set<string>() };
    const effects = { mutex, store: { count: async () => shelf.left } };
    const pick = defineJob("PickJob", { timeout: 3600 }, (_data, { job: { id } }: JobContext) =>
      mutex.withLock(async () => {
        const left = await effects.store.count();
        if (shelf.picked.has(id)) return;
        shelf.picked.add(id);
        shelf.left = left - 1;
      }),
    );
    const runs = fewer(200, 20);

    const explored = explore({
      jobs: [pick],
      scenario: async () => {
        shelf.left = 10;
        shelf.picked.clear();
        await pick.enqueue();
        await pick.enqueue();
      },
      invariant: () => expect(shelf.left).toBe(8),
      effects,
      faults: { pause: true },
      runs,
    });

    await expect(explored).resolves.toMatchObject({ runs });
  });

  it.runIf(isInMemory)(
    "comes to rest where one stands still, or dies, in a transaction of the store in memory",
    async () => {
      const gateway = { charge: async () => undefined };
      const mail = defineJob("MailJob", {}, () => undefined);
      const order: AnyJobClass = defineJob("OrderJob", { maxRetries: 1 }, async () => {
        await (app.store as MemoryJobStore).transaction(async (transaction) => {
          await mail.enqueue({}, { transaction });
          await gateway.charge();
        });
      });
      const app = createJobs({ jobs: [order, mail], store: new MemoryJobStore() });

      const explored = explore({
        app,
        scenario: () => app.enqueueMany([[order], [order]]),
        invariant: async (kit) => {
          expect(new Set((await kit.enqueued()).map(({ status }) => status))).toEqual(new Set(["completed"]));
        },
        effects: { gateway },
        faults: { pause: true, crash: true },
      });

      await expect(explored).resolves.toMatchObject({ runs: 100 });
    },
  );
});

describe("explore, with crashes", () => {
  it.each(["crash", "lostAnswer"] as const)(
    "R25 delivers again by the fault %s when the lease is over",
    async (fault) => {
      const starts = new Set<string>();
      const gateway = { charge: async () => undefined };
      const job = defineJob("ChargeJob", {}, async (_data, { attempt, now }: JobContext) => {
        starts.add(`${attempt} at ${now().toISOString().slice(14, 19)}`);
        await gateway.charge();
      });

      await explore({
        jobs: [job],
        scenario: () => job.enqueue(),
        invariant: () => true,
        effects: { gateway },
        faults: { [fault]: true },
        runs: 50,
      });

      // 30 s of a lease, and the backoff of two tries.
      expect([...starts].filter((start) => start.startsWith("2"))).toEqual(["2 at 00:34"]);
    },
  );

  it("finds a key that is made of the minute", async () => {
    const charges = new Set<string>();
    const gateway = { charge: async (key: string) => void charges.add(key) };
    const job = defineJob("ChargeJob", {}, async (_data, { job: { id }, now }: JobContext) => {
      await gateway.charge(`${id} ${now().toISOString().slice(0, 16)}`);
    });

    const error = await rejection(
      explore({
        jobs: [job],
        scenario: async () => {
          charges.clear();
          await job.enqueue();
        },
        invariant: () => expect(charges.size, "charges").toBe(1),
        effects: { gateway },
        now: "2030-01-01T00:00:45Z",
        faults: { crash: true },
      }),
    );

    expect(error.message).toContain("charges: expected 2 to be 1");
  });
});
