// Enqueues as points to die at: which are, what the second delivery meets, and what is told of them.

import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import {
  type AnyJobClass,
  createJobs,
  type DefinedJob,
  defineJob,
  detached,
  type JobContext,
  MemoryJobStore,
} from "wheelwright";
import { checkIdempotent, type IdempotencyCheck, type IdempotencyReport } from "wheelwright/testing";
import { aSlowSchema, rejection } from "../a-kit.ts";
import { isInMemory } from "../a-store.ts";

/** An order's job, of the handler given, whose mail is keyed by the mail's job. */
class Shop {
  readonly #keys = new Set<string>();
  readonly #seen: string[] = [];
  readonly mailer = { send: async (text: string, key?: string) => this.#once(`mail ${text}`, key) };
  readonly gateway = { charge: async (cents: number, key?: string) => this.#once(`charge ${cents}`, key) };
  readonly orders = { mark: async (state: string) => this.#mark(state), ship: (): Promise<void> => Promise.resolve() };
  readonly mail: DefinedJob<{ text: string }> = defineJob<{ text: string }>("MailJob", {}, ({ text }, { job }) =>
    this.mailer.send(text, job.id),
  );
  #state = "new";

  #once(what: string, key = ""): void {
    if (key !== "" && this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#seen.push(what);
  }

  #mark(state: string): void {
    this.#state = state;
  }

  check(
    handler: (shop: Shop, context: JobContext) => unknown,
    others: readonly AnyJobClass[] = [],
    more: Partial<IdempotencyCheck> = {},
    isOrdered = true,
  ): Promise<IdempotencyReport> {
    const order = defineJob("OrderJob", {}, (_data, context) => handler(this, context));
    const { gateway, mailer, orders } = this;
    const check = {
      jobs: [order, this.mail, ...others],
      enqueue: () => order.enqueue(),
      reset: () => {
        this.#keys.clear();
        this.#seen.length = 0;
        this.#state = "new";
      },
      observe: () => ({ seen: isOrdered ? this.#seen : [...this.#seen].sort(), state: this.#state }),
      effects: { gateway, mailer, orders },
      ...more,
    };
    return checkIdempotent(check as IdempotencyCheck); // `as`: jobs or app, which the type keeps apart
  }
}

const outside = AsyncLocalStorage.snapshot();

describe("an enqueue that is no point to die at", () => {
  it("is one outside of an attempt's scope", async () => {
    await new Shop().check(({ mail }) => detached(() => mail.enqueue({ text: "hello" }, { id: "mail-7" })));
    await new Shop().check(({ mail }, context) =>
      outside(() => context.enqueue(mail, { text: "hello" }, { id: "mail-7" })),
    );
  });

  it("is one of an effect's own, whose lock would be held for ever", async () => {
    let tail: Promise<unknown> = Promise.resolve();
    const shop = new Shop();
    shop.orders.ship = () => {
      const mine = tail.then(async () => {
        await shop.mail.enqueue({ text: "shipped" }, { id: "shipped-7" });
      });
      tail = mine.catch(() => undefined);
      return mine;
    };

    const { points } = await shop.check(({ orders }) => orders.ship());

    expect(points.filter((point) => point.includes("MailJob.enqueue"))).toEqual([]);
  });

  it.runIf(isInMemory)("is one in a transaction; another in the store's own rolls that back", async () => {
    const shop = new Shop();
    const store = new MemoryJobStore();
    const order: AnyJobClass = defineJob("OrderJob", {}, async () => {
      await (app.store as MemoryJobStore).transaction(async (transaction) => {
        await shop.mail.enqueue({ text: "hello" }, { transaction, id: "mail-7" });
        await shop.mail.enqueue({ text: "audit" }, { id: "audit-7" });
        await shop.orders.mark("paid");
      });
    });
    const app = createJobs({ jobs: [order, shop.mail], store });

    const { points } = await shop.check(
      () => undefined,
      [],
      {
        jobs: undefined,
        app,
        enqueue: () => app.enqueue(order),
      } as object,
      false,
    );

    expect(points.filter((point) => !point.includes("mailer") && !point.includes("returned"))).toEqual([
      "before store.transaction(function (anonymous))",
      'after MailJob.enqueue({ text: "audit" })',
      'before orders.mark("paid")',
      'after orders.mark("paid")',
      "after store.transaction(function (anonymous))",
    ]);
  });
});

describe("a refused enqueue", () => {
  it("R48 is told of where nobody awaits it, as outside of a proof", async () => {
    const handler = async ({ mail, orders }: Shop): Promise<void> => {
      void mail.enqueue({ text: 5n as never });
      await orders.mark("paid");
    };

    expect((await rejection(new Shop().check(handler))).message).toContain(
      "An enqueue was refused and nobody caught it",
    );
  });

  it("is not heard by a handler whose worker has died", async () => {
    const heard: unknown[] = [];
    const slowJob = defineJob("SlowJob", { schema: aSlowSchema() }, () => undefined);

    await new Shop().check(
      async ({ gateway }, { job }) => {
        try {
          await Promise.all([gateway.charge(1, job.id), slowJob.enqueue({}, { id: "slow-7" })]);
        } catch (error) {
          heard.push(error);
        }
      },
      [slowJob],
    );

    expect(heard).toEqual([]);
  });
});

describe("a second delivery", () => {
  it("comes after the follow-up as well, whose uniqueKey is free by then", async () => {
    const error = await rejection(
      new Shop().check(({ mail }) => mail.enqueue({ text: "hello" }, { uniqueKey: "mail-7" })),
    );

    expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
      "
      OrderJob must not be delivered again: MailJob is enqueued twice.

        dies      after MailJob.enqueue({ text: "hello" })
                  before the outcome is stored

        observed  seen.length  2  unharmed 1

        twice     MailJob.enqueue({ text: "hello" })

        calls     MailJob.enqueue({ text: "hello" })
                  ↯ the worker dies; the job is delivered again when its lease is over
                  mailer.send("hello", "01b8dac5-b400-706e-891b-f3867c4d1062")
                  MailJob.enqueue({ text: "hello" })
                  mailer.send("hello", "01b8dac6-2930-723b-afd8-2b49dd3c0d12")

        mend      Give the enqueue an id that stays the same in every delivery, made
                    of what the job is about, { id: "mail-7" } for order 7. The second
                    one is then answered with the first, and stores nothing.
                  Or a uniqueKey, where the follow-up cannot have ended before the
                    second delivery: the key is free again by then.

        points    2 of 5 points to die at fail; these fail as well:
                  when #1 OrderJob has returned, before its outcome is stored
      "
    `);
  });

  it("comes after a follow-up that went on from what the first had left", async () => {
    const shop = new Shop();
    const shipJob = defineJob("ShipJob", {}, () => shop.orders.mark("shipped"));
    const handler = async ({ orders }: Shop): Promise<void> => {
      await orders.mark("pending");
      await shipJob.enqueue({}, { id: "ship-7" });
    };

    const error = await rejection(shop.check(handler, [shipJob]));

    expect(error.message).toContain('state  "pending"  unharmed "shipped"');
    expect(error.message).toContain("↯ the worker dies; the job is delivered again when its lease is over");
  });

  it("may come at another instant then, which a row may tell in any form", async () => {
    const rows = new Map<string, object>();
    const table = { put: async (id: string, row: object) => void rows.set(id, row) };
    const handler = async ({ mail }: Shop, { now }: JobContext): Promise<void> => {
      await mail.enqueue({ text: "hello" }, { id: "mail-7" });
      await table.put("7", { at: now(), text: now().toISOString(), ms: now().getTime(), cents: 1999 });
    };

    const { points } = await new Shop().check(handler, [], {
      observe: () => Object.fromEntries(rows),
      effects: { table },
    });

    expect(points).toContain('after MailJob.enqueue({ text: "hello" })');
  });

  it("may see the work of several jobs come in another order then", async () => {
    const safe = async ({ mail, gateway }: Shop, { job }: JobContext): Promise<void> => {
      await mail.enqueue({ text: "hello" }, { id: "mail-7" });
      await gateway.charge(1, job.id);
    };

    await expect(new Shop().check(safe)).resolves.toMatchObject({ points: expect.any(Array) });
  });
});

describe("what is told", () => {
  it("is the job that is stored twice, not the keyed call that was under way beside it", async () => {
    for (const isFirst of [true, false]) {
      const error = await rejection(
        new Shop().check(({ gateway, mail }, { job }) => {
          const calls = [() => gateway.charge(5, job.id), () => mail.enqueue({ text: "hello" })];
          return Promise.all((isFirst ? calls : calls.reverse()).map((call) => call()));
        }),
      );

      expect(error.message).toContain("OrderJob must not be delivered again: MailJob is enqueued twice.");
    }
  });

  it("is each of several calls that were under way at once", async () => {
    const error = await rejection(
      new Shop().check(({ gateway, mailer }, { job }) =>
        Promise.all([gateway.charge(5, job.id), mailer.send("hello")]),
      ),
    );

    expect(error.message).toContain("gateway.charge or mailer.send is done twice");
  });

  it("is the enqueue within a call, not the call around it", async () => {
    const db = { transaction: async (work: () => Promise<unknown>) => void (await work()) };
    const shop = new Shop();
    const error = await rejection(
      shop.check(({ mail }) => db.transaction(() => mail.enqueue({ text: "hello" })), [], {
        effects: { db, mailer: shop.mailer },
      }),
    );

    expect(error.message).toContain("OrderJob must not be delivered again: MailJob is enqueued twice.");
  });

  it("is nothing of a call beside which the attempt has failed: it comes again", async () => {
    const flaky = {
      attempt: async (attempt: number) => {
        if (attempt === 1) throw new Error("not yet");
      },
      slow: async () => {
        for (let turns = 0; turns < 30; turns++) await Promise.resolve();
      },
    };

    const { points } = await new Shop().check(
      (_shop, { attempt }) => Promise.all([flaky.attempt(attempt), flaky.slow()]),
      [],
      { effects: { flaky } },
    );

    expect(points.filter((point) => point === "after flaky.slow()")).toHaveLength(1);
  });
});
