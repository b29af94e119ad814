// checkIdempotent: every point to die at is tried, and the message says what is done twice or lost.

import { describe, expect, it } from "vitest";
import {
  type Claim,
  createJobs,
  type DefinedJob,
  defineJob,
  type JobContext,
  MemoryJobStore,
  TestClock,
} from "wheelwright";
import {
  CannotJudgeError,
  checkIdempotent,
  createTestKit,
  explore,
  FaultUsageError,
  type IdempotencyCheck,
  NotIdempotentError,
} from "wheelwright/testing";
import { Redeliveries } from "../../../src/testing/faults/redeliveries.ts";
import { rejection } from "../a-kit.ts";
import { aCheck, aWorld, MISTAKES, type Mistake } from "./usual-mistakes.ts";

/** An effect that is not called: jobs that change the world by none are delivered again as a whole. */
const IDLE = { call: () => undefined };

async function messageOf(mistake: Mistake): Promise<string> {
  const error = await rejection(checkIdempotent(aCheck(mistake, "mistaken")));
  expect(error).toBeInstanceOf(NotIdempotentError);
  return `\n${error.message}\n`;
}

describe("checkIdempotent: the usual mistakes", () => {
  it("says what is charged twice, and between which two calls", async () => {
    expect(await messageOf("charge twice")).toMatchInlineSnapshot(`
      "
      ChargeJob must not be delivered again: gateway.charge is done twice.

        dies      after gateway.charge(1999)
                  before ledger.mark(7)

        observed  charges.length  2  unharmed 1

        twice     gateway.charge(1999)

        calls     gateway.charge(1999)
                  ↯ the worker dies; the job is delivered again
                  gateway.charge(1999)
                  ledger.mark(7)

        mend      Give the call a key that stays the same in every delivery, and let
                    the other side answer a second one with the first: context.job.id
                    is such a key.
                  Or, where the call and what marks it as done are rows of one
                    database, write both in one transaction.
                  A check before the call does not help: a worker can die between the
                    call and the mark.

        points    4 of 5 points to die at fail; these fail as well:
                  before ledger.mark(7)
                  after ledger.mark(7)
                  when #1 ChargeJob has returned, before its outcome is stored
      "
    `);
  });

  it("says that a check before the call does not help", async () => {
    expect(await messageOf("check, charge, mark")).toMatchInlineSnapshot(`
      "
      ChargeJob must not be delivered again: gateway.charge is done twice.

        dies      after gateway.charge(1999)
                  before ledger.mark(7)

        observed  charges.length  2  unharmed 1

        twice     gateway.charge(1999)

        calls     ledger.isPaid(7)
                  gateway.charge(1999)
                  ↯ the worker dies; the job is delivered again
                  ledger.isPaid(7)
                  gateway.charge(1999)
                  ledger.mark(7)

        mend      Give the call a key that stays the same in every delivery, and let
                    the other side answer a second one with the first: context.job.id
                    is such a key.
                  Or, where the call and what marks it as done are rows of one
                    database, write both in one transaction.
                  A check before the call does not help: a worker can die between the
                    call and the mark.

        points    2 of 7 points to die at fail; these fail as well:
                  before ledger.mark(7)
      "
    `);
  });

  it("says what is lost", async () => {
    expect(await messageOf("mark, then charge")).toMatchInlineSnapshot(`
      "
      ChargeJob must not be delivered again: gateway.charge is lost.

        dies      after ledger.mark(7)
                  before gateway.charge(1999)

        observed  charges.length  0  unharmed 1

        lost      gateway.charge(1999)

        calls     ledger.isPaid(7)
                  ledger.mark(7)
                  ↯ the worker dies; the job is delivered again
                  ledger.isPaid(7)

        mend      Mark the work as done when it is done, not before; and give it a key
                    that stays the same in every delivery, such as context.job.id, so
                    that it may be begun again.
                  Or, where mark and work are rows of one database, write both in one
                    transaction.

        points    2 of 7 points to die at fail; these fail as well:
                  before gateway.charge(1999)
      "
    `);
  });

  it.each(MISTAKES)("accepts the mended form of %j", async (mistake) => {
    await expect(checkIdempotent(aCheck(mistake, "mended"))).resolves.toMatchObject({ points: expect.any(Array) });
  });
});

type OrderBody = (
  world: ReturnType<typeof aWorld> & { readonly mail: DefinedJob<{ orderId: number }> },
  context: JobContext,
) => Promise<void>;

/** An order whose handler may enqueue a mail. Each mail that is performed is charged for, by a key of its own. */
function anOrder(body: OrderBody) {
  const world = aWorld();
  const { gateway, ledger, reset, observe } = world;
  const mail = defineJob<{ orderId: number }>("MailJob", {}, async (_data, { job }: JobContext) => {
    await gateway.charge(1, job.id.slice(-4));
  });
  const order = defineJob("OrderJob", {}, (_data, context: JobContext) => body({ ...world, mail }, context));
  return { jobs: [order, mail], enqueue: () => order.enqueue(), reset, observe, effects: { gateway, ledger } };
}

describe("checkIdempotent", () => {
  it("tries before and after each call, and when the handler has returned", async () => {
    const { points } = await checkIdempotent(aCheck("charge twice", "mended"));

    expect(points).toEqual([
      expect.stringMatching(/^before gateway\.charge\(1999, "[0-9a-f-]{36}"\)$/),
      expect.stringMatching(/^after gateway\.charge\(1999/),
      "before ledger.mark(7)",
      "after ledger.mark(7)",
      "when #1 ChargeJob has returned, before its outcome is stored",
    ]);
  });

  it("tells twice and lost for those who ask by code", async () => {
    const error = await rejection(checkIdempotent(aCheck("mark, then charge", "mistaken")));

    expect(error).toMatchObject({
      code: "NOT_IDEMPOTENT",
      points: ["after ledger.mark(7)", "before gateway.charge(1999)"],
      lost: ["gateway.charge(1999)"],
    });
  });

  it("finds what changes outside of the effects when the handler has returned", async () => {
    let count = 0;
    const job = defineJob("CountJob", {}, async () => {
      count++;
    });
    const error = await rejection(
      checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue(),
        reset: () => {
          count = 0;
        },
        observe: () => count,
        effects: [IDLE],
      }),
    );

    expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
      "
      CountJob must not be delivered again: what is observed differs.

        dies      when #1 CountJob has returned, before its outcome is stored

        observed  2  unharmed 1

        calls     ↯ the worker dies; the job is delivered again

        mend      No effect was called, so that workers died at no call. Do the jobs
                    call another object, such as a member of an effect
                    (stripe.charges of stripe), or a function that was taken from it
                    before? Give the object that they call.

        points    1 of 1 points to die at fails
      "
    `);
  });

  it.each([
    ["a primitive", (count: number) => count, "2  unharmed 1"],
    ["a set", (count: number) => new Set(count === 1 ? ["b", "a"] : ["c", "a"]), '[1]  "c"  unharmed "b"'],
    ["a map", (count: number) => ({ charges: new Map([["ch-1", count]]) }), 'charges["ch-1"]  2  unharmed 1'],
    ["a map of other keys", (count: number) => new Map([[7, count]]), "[0][1]  2  unharmed 1"],
    [
      "an instant",
      (count: number) => [new Date(count)],
      '[0]  "1970-01-01T00:00:00.002Z"  unharmed "1970-01-01T00:00:00.001Z"',
    ],
    [
      "what JSON does not keep",
      (count: number) => (count === 1 ? { at: undefined } : {}),
      "{}  unharmed { at: undefined }",
    ],
  ])("shows where %s differs", async (_what, shown: (count: number) => unknown, line) => {
    let count = 0;
    const job = defineJob("CountJob", {}, () => void count++);
    const reset = (): void => {
      count = 0;
    };
    const check = { jobs: [job], enqueue: () => job.enqueue(), reset, observe: () => shown(count), effects: [IDLE] };

    expect((await rejection(checkIdempotent(check))).message).toContain(`\n  observed  ${line}\n`);
  });

  it("finds a second delivery that fails, though all that is observed is the same", async () => {
    const { gateway, ledger, reset, observe } = aWorld();
    const job = defineJob<{ orderId: number }>("MarkOnceJob", { maxRetries: 1 }, async ({ orderId }) => {
      if (await ledger.isPaid(orderId)) throw new Error("already paid");
      await ledger.mark(orderId);
    });
    const error = await rejection(
      checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue({ orderId: 7 }),
        reset,
        observe,
        effects: [gateway, ledger],
      }),
    );

    expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
      "
      MarkOnceJob must not be delivered again: its second delivery fails with "already paid".

        dies      after Ledger.mark(7)
                  before the outcome is stored

        twice     Ledger.isPaid(7)

        failed    MarkOnceJob: already paid

        calls     Ledger.isPaid(7)
                  Ledger.mark(7)
                  ↯ the worker dies; the job is delivered again
                  Ledger.isPaid(7)

        mend      Let the handler take what it finds done for done: a second delivery
                    is no error.

        points    2 of 5 points to die at fail; these fail as well:
                  when #1 MarkOnceJob has returned, before its outcome is stored
      "
    `);
  });

  it("performs follow-ups, and dies in them too", async () => {
    const { gateway, ledger, reset, observe } = aWorld();
    const chargeJob = defineJob<{ orderId: number }>("ChargeJob", {}, async ({ orderId }) => {
      await gateway.charge(orderId);
    });
    const orderJob = defineJob<{ orderId: number }>("OrderJob", {}, async ({ orderId }, { job }: JobContext) => {
      await ledger.mark(orderId);
      await chargeJob.enqueue({ orderId }, { id: `charge-${job.id}`.slice(0, 36) });
    });
    const error = await rejection(
      checkIdempotent({
        jobs: [orderJob, chargeJob],
        enqueue: () => orderJob.enqueue({ orderId: 7 }),
        reset,
        observe,
        effects: { gateway, ledger },
      }),
    );

    expect(error).toMatchObject({
      points: ["after gateway.charge(7)", "when #2 ChargeJob has returned, before its outcome is stored"],
    });
  });

  it("names the follow-up that is enqueued twice, and no call that is keyed", async () => {
    const error = await rejection(
      checkIdempotent(
        anOrder(async ({ gateway, mail }, { job }) => {
          await gateway.charge(1999, job.id.slice(-4));
          await mail.enqueue({ orderId: 7 });
        }),
      ),
    );

    expect(error).toMatchObject({ twice: ["MailJob.enqueue({ orderId: 7 })"], lost: [] });
    expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
      "
      OrderJob must not be delivered again: MailJob is enqueued twice.

        dies      after MailJob.enqueue({ orderId: 7 })
                  before the outcome is stored

        observed  charges.length  3  unharmed 2

        twice     MailJob.enqueue({ orderId: 7 })

        calls     gateway.charge(1999, "0318")
                  MailJob.enqueue({ orderId: 7 })
                  ↯ the worker dies; the job is delivered again
                  gateway.charge(1999, "0318")
                  MailJob.enqueue({ orderId: 7 })
                  gateway.charge(1, "1062")
                  gateway.charge(1, "b2ff")

        mend      Give the enqueue an id that stays the same in every delivery, made
                    of what the job is about, { id: "mail-7" } for order 7. The second
                    one is then answered with the first, and stores nothing.
                  Or a uniqueKey, where the follow-up cannot have ended before the
                    second delivery: the key is free again by then.

        points    2 of 7 points to die at fail; these fail as well:
                  when #1 OrderJob has returned, before its outcome is stored
      "
    `);
  });

  it("tells the gap between an enqueue and the call behind it", async () => {
    const error = await rejection(
      checkIdempotent(
        anOrder(async ({ ledger, mail }) => {
          if (await ledger.isPaid(7)) return;
          await mail.enqueue({ orderId: 7 });
          await ledger.mark(7);
        }),
      ),
    );

    expect(error.message).toContain("OrderJob must not be delivered again: MailJob is enqueued twice.");
    expect(error.message).toContain(
      ["  dies      after MailJob.enqueue({ orderId: 7 })", "            before ledger.mark(7)"].join("\n"),
    );
  });

  it("names the follow-up that is never enqueued", async () => {
    const error = await rejection(
      checkIdempotent(
        anOrder(async ({ ledger, mail }) => {
          if (await ledger.isPaid(7)) return;
          await ledger.mark(7);
          await mail.enqueue({ orderId: 7 });
        }),
      ),
    );

    expect(error.message).toContain("OrderJob must not be delivered again: MailJob is never enqueued.");
    expect(error).toMatchObject({
      lost: ["MailJob.enqueue({ orderId: 7 })", expect.stringMatching(/^gateway\.charge/)],
    });
  });

  it("accepts a follow-up with an id of its own, and shows that it was there already", async () => {
    const body: OrderBody = async ({ mail }) => {
      await mail.enqueue({ orderId: 7 }, { id: "mail-7" });
    };
    await checkIdempotent(anOrder(body));

    const error = await rejection(
      checkIdempotent(
        anOrder(async (world, context) => {
          await body(world, context);
          await world.gateway.charge(500);
        }),
      ),
    );

    expect(error.message).toContain("OrderJob must not be delivered again: gateway.charge is done twice.");
    expect(error.message).toContain("            MailJob.enqueue({ orderId: 7 }), deduplicated\n");
  });

  it("blames no call that does no harm, and asks what else is changed", async () => {
    const { gateway, ledger, reset } = aWorld();
    let count = 0;
    const job = defineJob("CountJob", {}, async () => {
      await ledger.isPaid(7);
      count++;
    });
    const error = await rejection(
      checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue(),
        reset: () => {
          reset();
          count = 0;
        },
        observe: () => ({ count }),
        effects: { gateway, ledger },
      }),
    );

    expect(error).toMatchObject({ twice: ["ledger.isPaid(7)"] });
    expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
      "
      CountJob must not be delivered again: what is observed differs.

        dies      when #1 CountJob has returned, before its outcome is stored

        observed  count  2  unharmed 1

        calls     ledger.isPaid(7)
                  ↯ the worker dies; the job is delivered again
                  ledger.isPaid(7)

        mend      No call that is made again is behind it: dying right after
                    ledger.isPaid(7) does no harm. What else do the jobs change that
                    observe sees? Add the object that does it to effects.

        points    1 of 3 points to die at fails
      "
    `);
  });

  it("asks the same of what is changed before the first call", async () => {
    let count = 0;
    const error = await rejection(
      checkIdempotent({
        ...anOrder(async ({ gateway }, { job }) => {
          count++;
          await gateway.charge(1999, job.id);
        }),
        reset: () => {
          count = 0;
        },
        observe: () => count,
      }),
    );

    expect(error.message).toContain("OrderJob must not be delivered again: what is observed differs.");
    expect(error.message.replaceAll(/\s+/g, " ")).toContain("What else do the jobs change that observe sees?");
  });

  it("takes a call that is made with another answer for no loss", async () => {
    const { gateway, ledger, reset, observe } = aWorld();
    const job = defineJob("NumberJob", {}, async () => {
      await gateway.charge(100);
      await ledger.mark(gateway.charges.length);
    });
    const error = await rejection(
      checkIdempotent({ jobs: [job], enqueue: () => job.enqueue(), reset, observe, effects: { gateway, ledger } }),
    );

    expect(error).toMatchObject({ twice: ["gateway.charge(100)"], lost: [] });
  });

  it("lets no branch of a dead handler go on with an answer that it waited for", async () => {
    const kinds: string[] = [];
    const gateway = {
      quick: async () => undefined,
      slow: () => new Promise<void>((resolve) => setImmediate(resolve)),
    };
    const job = defineJob("BranchesJob", {}, async () => {
      const slow = gateway.slow().then(() => kinds.push("went on"));
      await gateway.quick();
      kinds.push("quick");
      await slow;
    });
    const counts: number[] = [];
    await checkIdempotent({
      jobs: [job],
      enqueue: () => job.enqueue(),
      reset: () => {
        counts.push(kinds.splice(0).filter((kind) => kind === "went on").length);
      },
      observe: () => "the same",
      effects: { gateway },
    });

    // Four unharmed runs, then before and after each of two calls, each with its one redelivery; each played twice.
    expect(counts.slice(1)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
  });

  it("does not count a redelivery against maxRetries", async () => {
    const check = aCheck("charge twice", "mended");
    const { reset, observe, effects } = check;
    const job = defineJob("OnceJob", { maxRetries: 1 }, async (_data, { job: { id } }: JobContext) => {
      await effects.gateway.charge(1, id);
    });

    await checkIdempotent({ jobs: [job], enqueue: () => job.enqueue(), reset, observe, effects });
  });

  it("R25 finds a key that is made of the attempt's number, for a crash costs an attempt", async () => {
    const { gateway, ledger, reset, observe } = aWorld();
    const job = defineJob("ChargeJob", {}, async (_data, { job: { id, attempts } }: JobContext) => {
      await gateway.charge(1999, `${id.slice(-4)}-${attempts}`);
    });
    const error = await rejection(
      checkIdempotent({ jobs: [job], enqueue: () => job.enqueue(), reset, observe, effects: { gateway, ledger } }),
    );

    expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
      "
      ChargeJob must not be delivered again: gateway.charge is done twice.

        dies      after gateway.charge(1999, "0318-1")
                  before the outcome is stored

        observed  charges.length  2  unharmed 1

        twice     gateway.charge(1999, "0318-2")

        calls     gateway.charge(1999, "0318-1")
                  ↯ the worker dies; the job is delivered again
                  gateway.charge(1999, "0318-2")

        mend      What is made anew in each delivery is no key. Nor is the attempt's
                    number (context.attempt, job.attempts): the second delivery is the
                    second attempt.
                  Give the call a key that stays the same in every delivery, and let
                    the other side answer a second one with the first: context.job.id
                    is such a key.
                  Or, where the call and what marks it as done are rows of one
                    database, write both in one transaction.
                  A check before the call does not help: a worker can die between the
                    call and the mark.

        points    2 of 3 points to die at fail; these fail as well:
                  when #1 ChargeJob has returned, before its outcome is stored
      "
    `);
  });

  it("R25 finds a job that takes its second attempt for the end of the first", async () => {
    const { gateway, ledger, reset, observe } = aWorld();
    const job = defineJob("ChargeJob", {}, async (_data, { attempt }: JobContext) => {
      if (attempt > 1) return;
      await gateway.charge(1999);
    });
    const error = await rejection(
      checkIdempotent({ jobs: [job], enqueue: () => job.enqueue(), reset, observe, effects: { gateway, ledger } }),
    );

    expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
      "
      ChargeJob must not be delivered again: gateway.charge is lost.

        dies      before gateway.charge(1999)

        observed  charges.length  0  unharmed 1

        lost      gateway.charge(1999)

        calls     ↯ the worker dies; the job is delivered again

        mend      The second delivery did nothing. Is it the attempt's number that it
                    goes by (context.attempt, job.attempts)? That there was an attempt
                    before does not say how far it came.
                  Mark the work as done when it is done, not before; and give it a key
                    that stays the same in every delivery, such as context.job.id, so
                    that it may be begun again.
                  Or, where mark and work are rows of one database, write both in one
                    transaction.

        points    1 of 3 points to die at fails
      "
    `);
  });

  it("accepts jobs that tell their attempt's number, where nobody observes it", async () => {
    const { gateway, ledger, reset, observe } = aWorld();
    const seen: string[] = [];
    const job = defineJob("ChargeJob", {}, async (_data, { job: { id }, attempt, log, progress }: JobContext) => {
      log.info(`attempt ${attempt}`);
      await progress(attempt, 10);
      seen.push(`attempt ${attempt}`);
      await gateway.charge(1999, id);
    });

    await checkIdempotent({ jobs: [job], enqueue: () => job.enqueue(), reset, observe, effects: { gateway, ledger } });

    expect(new Set(seen)).toEqual(new Set(["attempt 1", "attempt 2"]));
  });

  it.each(["memory:", "sqlite::memory:"])(
    "R20 lets a job fail as often as without the crash, and know its last attempt (%s)",
    async (store) => {
      const { gateway, ledger, reset, observe } = aWorld();
      const lasts: string[] = [];
      let calls = 0;
      const job = defineJob("FlakyJob", { maxRetries: 3 }, async (_data, { job: claim, progress }: JobContext) => {
        await progress(1, 2);
        await gateway.charge(1999, claim.id);
        if (calls++ < 2) throw new Error("try again");
        lasts.push(`${claim.attempts} of ${claim.maxRetries}`);
        if (claim.attempts === claim.maxRetries) await ledger.mark(7);
      });

      await checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue(),
        reset: () => {
          calls = 0;
          reset();
        },
        observe,
        effects: { gateway, ledger },
        store,
      });

      expect(new Set(lasts)).toEqual(new Set(["3 of 3", "4 of 4"]));
    },
  );

  it("R28 grants no more attempts than any job has after a retry by hand", async () => {
    const store = new MemoryJobStore();
    const redeliveries = new Redeliveries(store);
    const now = new Date("2030-01-01T00:00:00Z");
    const job = defineJob("OnceJob", { maxRetries: 1 }, () => undefined);
    const { id } = await createJobs({ store, jobs: [job], clock: new TestClock(now) }).enqueue(job);
    const claim = async (): Promise<Claim> => {
      const [held] = await redeliveries.store.claim({ limit: 1, now, workerId: "worker", leaseMs: 30_000 });
      return held as Claim; // `as`: the one job is due
    };

    await redeliveries.redeliver(await claim(), now);
    const second = await claim();
    expect(second).toMatchObject({ attempts: 2, maxRetries: 2, lastError: "worker lost" });
    expect(await redeliveries.store.expired({ now: second.lockedUntil as Date, limit: 1 })).toEqual([second]);
    await redeliveries.store.settle(second, { type: "failed", error: "no money" }, { now });
    expect(await redeliveries.redeliver(second, now)).toBe("lost");
    await store.retry(id, { now });

    expect(await claim()).toMatchObject({ attempts: 1, maxRetries: 1 });
    expect(await store.get(id)).toMatchObject({ attempts: 1, maxRetries: 1 });
  });

  it("judges synchronous effects, whose crash is thrown", async () => {
    const rows = new Set<number>();
    const list: number[] = [];
    const table = { put: (row: number) => void rows.add(row), push: (row: number) => void list.push(row) };
    const put = defineJob("PutJob", {}, () => table.put(7));
    const push = defineJob("PushJob", {}, () => table.push(7));
    const check = {
      reset: () => {
        rows.clear();
        list.length = 0;
      },
      observe: () => [[...rows], [...list]],
      effects: { table },
    };

    await checkIdempotent({ ...check, jobs: [put], enqueue: () => put.enqueue() });
    await expect(checkIdempotent({ ...check, jobs: [push], enqueue: () => push.enqueue() })).rejects.toMatchObject({
      twice: ["table.push(7)"],
    });
  });

  it("cannot judge a handler that catches the crash: the effect has to be async", async () => {
    const rows: number[] = [];
    const table = { push: (row: number) => void rows.push(row) };
    const job = defineJob("CatchesJob", {}, () => {
      try {
        table.push(7);
      } catch {
        // and goes on
      }
    });
    const error = await rejection(
      checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue(),
        reset: () => {
          rows.length = 0;
        },
        observe: () => rows,
        effects: { table },
      }),
    );

    expect(error).toBeInstanceOf(CannotJudgeError);
    expect(error.message).toBe(
      "checkIdempotent cannot judge #1 CatchesJob: its handler caught the crash before table.push(7) and returned. A dead worker catches nothing, but a call that answers at once can be ended by a throw only. Make the effect async, or let what it throws pass.",
    );
  });

  it("finds the follow-up that is lost between two enqueues", async () => {
    const mails: string[] = [];
    const sent = { push: async (text: string) => void mails.push(text) };
    const MailJob = defineJob("MailJob", {}, ({ text }: { text: string }) => sent.push(text));
    const orderJob = defineJob("OrderJob", {}, async () => {
      const first = await MailJob.enqueue({ text: "thanks" }, { id: "thanks-7" });
      if (!first.deduplicated) await MailJob.enqueue({ text: "receipt" }, { id: "receipt-7" });
    });
    const error = await rejection(
      checkIdempotent({
        jobs: [orderJob, MailJob],
        enqueue: () => orderJob.enqueue(),
        reset: () => {
          mails.length = 0;
        },
        observe: () => [...mails].sort(),
        effects: { sent },
      }),
    );

    // In which order the mails come beside the second delivery is up to the store.
    for (const text of [
      "OrderJob must not be delivered again: MailJob is never enqueued.",
      'dies      after MailJob.enqueue({ text: "thanks" })',
      '          before MailJob.enqueue({ text: "receipt" })',
    ])
      expect(error.message).toContain(text);
    expect(error).toMatchObject({ lost: ['MailJob.enqueue({ text: "receipt" })', 'sent.push("receipt")'] });
  });

  it("dies after each of several enqueues that are under way at once", async () => {
    const MailJob = defineJob("MailJob", {}, async (_data: { to: string }) => undefined);
    const orderJob = defineJob("OrderJob", {}, async () => {
      await Promise.all(["a", "b"].map((to) => MailJob.enqueue({ to }, { id: `mail-${to}` })));
    });

    const { points } = await checkIdempotent({
      jobs: [orderJob, MailJob],
      enqueue: () => orderJob.enqueue(),
      reset: () => undefined,
      observe: () => "the same",
      effects: [IDLE],
    });

    // Which of the two is stored first is up to the store.
    expect([...points].sort()).toEqual([
      'after MailJob.enqueue({ to: "a" })',
      'after MailJob.enqueue({ to: "b" })',
      ...["#1 OrderJob", "#2 MailJob", "#3 MailJob"].map(
        (job) => `when ${job} has returned, before its outcome is stored`,
      ),
    ]);
  });

  it("tells calls apart whose difference is not shown", async () => {
    const line = "x".repeat(500);
    const sent: string[] = [];
    const post = { send: async (text: string) => void sent.push(text) };
    const job = defineJob("LetterJob", {}, (_data, { attempt }) => post.send(`${line}${attempt}${line}`));

    const error = await rejection(
      checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue(),
        reset: () => {
          sent.length = 0;
        },
        observe: () => sent.length,
        effects: { post },
      }),
    );

    expect(error.message).toContain("What is made anew in each delivery is no key.");
  });

  it("cannot judge a call that is not awaited", async () => {
    const answers: (() => void)[] = [];
    const metrics = { count: () => new Promise<void>((resolve) => answers.push(resolve)) };
    const job = defineJob("ForgetfulJob", {}, async () => {
      void metrics.count();
    });
    const error = await rejection(
      checkIdempotent({
        jobs: [job],
        enqueue: () => job.enqueue(),
        reset: () => undefined,
        observe: async () => {
          for (const answer of answers.splice(0)) answer();
          await Promise.resolve();
          return "the same";
        },
        effects: { metrics },
      }),
    );

    expect(error).toBeInstanceOf(CannotJudgeError);
    expect(error.message).toBe(
      "checkIdempotent cannot judge #1 ForgetfulJob: its handler ended before metrics.count() had answered. A job whose handler has ended is done, and what it has begun is never delivered again. Await the call; of several that are under way at once, all (Promise.allSettled).",
    );
  });

  it("names the first call that differs from run to run", async () => {
    let runs = 0;
    const gateway = { charge: async (_key: string) => undefined };
    const job = defineJob("ChanceJob", {}, () => gateway.charge(`key-${++runs}`));
    const check = { jobs: [job], enqueue: () => job.enqueue(), reset: () => undefined, observe: () => "the same" };

    const error = await rejection(checkIdempotent({ ...check, effects: { gateway } }));

    expect(error).toBeInstanceOf(CannotJudgeError);
    expect(error.message).toContain(
      'different calls on the effects (gateway.charge("key-1"), then gateway.charge("key-2")).',
    );
  });

  it("cannot judge what differs from run to run without any crash", async () => {
    let runs = 0;
    const job = defineJob("ChanceJob", {}, () => undefined);
    const check = { jobs: [job], enqueue: () => job.enqueue(), reset: () => undefined, effects: [IDLE] };

    const error = await rejection(checkIdempotent({ ...check, observe: () => ({ run: ++runs }) }));

    expect(error).toBeInstanceOf(CannotJudgeError);
    expect(error.message).toContain("two unharmed runs are observed to differ (observed.run: 1, then 2)");
    const inSet = await rejection(checkIdempotent({ ...check, observe: () => new Set([++runs]) }));
    expect(inSet.message).toMatch(/differ \(observed\[0\]: \d+, then \d+\)/);
    const alone = await rejection(checkIdempotent({ ...check, observe: () => ++runs }));
    expect(alone.message).toMatch(/differ \(observed: \d+, then \d+\)/);
  });

  it("cannot judge by an observe that has forgotten its return", async () => {
    const check = aCheck("charge twice", "mistaken");
    const observe = async (): Promise<unknown> => {
      check.observe();
      return undefined;
    };

    const error = await rejection(checkIdempotent({ ...check, observe }));

    expect(error).toBeInstanceOf(CannotJudgeError);
    expect(error.message).toBe(
      'checkIdempotent cannot judge these jobs: observe gave undefined, and would whatever the jobs do. Is a "return" missing? Let it give what can be seen of the jobs\' work, such as rows, mails or charges.',
    );
  });

  it("accepts a job that leaves things as they were, and null for them", async () => {
    const lamp = { look: async () => "off" };
    const job = defineJob("QuietJob", {}, async () => void (await lamp.look()));

    await checkIdempotent({
      jobs: [job],
      enqueue: () => job.enqueue(),
      reset: () => undefined,
      observe: () => null,
      effects: { lamp },
    });
  });

  it("R48 does not pass where no handler called an effect: it is given another object, or the function was taken before", async () => {
    class Gateway {
      readonly charges: number[] = [];
      async charge(cents: number): Promise<void> {
        this.charges.push(cents);
      }
    }
    const used = new Gateway();
    const { charge } = used;
    const byInstance = defineJob("ByInstanceJob", {}, async (_data, { attempt }) => {
      if (attempt === 1) await used.charge(100); // A delivery after it finds the charge lost, or made.
    });
    const taken = defineJob("TakenJob", {}, () => charge.call(used, 100));
    const check = { reset: () => used.charges.splice(0), observe: () => used.charges.length > 0 };

    for (const [job, effects] of [
      [byInstance, { gateway: new Gateway() }],
      [taken, [used]],
    ] as const)
      await expect(checkIdempotent({ ...check, jobs: [job], enqueue: () => job.enqueue(), effects })).rejects.toThrow(
        `checkIdempotent cannot judge #1 ${job.name}: no handler called a method of the effects given (${Array.isArray(effects) ? "Gateway" : "gateway"}) or enqueued a job, so that workers would die at no call.`,
      );
  });

  it("R48 does not pass where nothing was enqueued, nor where the job fails unharmed", async () => {
    const failing = defineJob("FailingJob", { maxRetries: 1 }, () => {
      throw new Error("no money");
    });
    const check = { jobs: [failing], reset: () => undefined, observe: () => 1, effects: [IDLE] };

    await expect(checkIdempotent({ ...check, enqueue: () => undefined })).rejects.toMatchObject({
      code: "NOTHING_RAN",
    });
    await expect(checkIdempotent({ ...check, enqueue: () => failing.enqueue() })).rejects.toMatchObject({
      code: "JOB_FAILED",
    });
  });

  it("puts the effects back, and leaves what reset, enqueue and observe call alone", async () => {
    const check = aCheck("charge twice", "mistaken");
    const { gateway } = check.effects;
    const own = Object.getOwnPropertyNames(gateway);

    await rejection(checkIdempotent(check));

    expect(Object.getOwnPropertyNames(gateway)).toEqual(own);
  });

  it("tells the same of a mistake on SQLite as in memory, each run in a store without jobs", async () => {
    const { gateway, ledger, reset, observe } = aWorld();
    const job = defineJob<{ orderId: number }>("ChargeJob", {}, async ({ orderId }) => {
      await gateway.charge(orderId);
    });
    const app = createJobs({ store: new MemoryJobStore(), jobs: [job] });
    const stores = new Set<string>();
    const enqueue = async (): Promise<void> => {
      stores.add(app.store.name);
      expect(await app.list()).toEqual([]);
      await app.enqueue(job, { orderId: 7 });
    };
    const told = async (store: string): Promise<string> =>
      (await rejection(checkIdempotent({ app, enqueue, reset, observe, effects: { gateway, ledger }, store }))).message;

    const inMemory = await told("memory:");

    expect(inMemory).toContain("ChargeJob must not be delivered again");
    expect(await told("sqlite::memory:")).toBe(inMemory);
    expect([...stores]).toEqual(["memory", "sqlite"]);
  });

  it("refuses to go without options, as explore does", async () => {
    const refused = (name: string) => ({
      code: "INVALID_OPTION",
      message: expect.stringContaining(`${name}'s options is undefined; expected an object`),
    });

    await expect(checkIdempotent(undefined as never)).rejects.toMatchObject(refused("checkIdempotent"));
    await expect(explore(undefined as never)).rejects.toMatchObject(refused("explore"));
  });

  it("refuses an option nobody knows, and an effect that cannot be watched", async () => {
    const check = aCheck("charge twice", "mended");

    await expect(checkIdempotent({ ...check, efects: [] } as never)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(checkIdempotent({ ...check, observe: 7 as never })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(checkIdempotent({ ...check, store: new MemoryJobStore() as never })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringContaining("each run opens for itself"),
    });
    await expect(checkIdempotent({ ...check, effects: { frozen: Object.freeze({}) } })).rejects.toMatchObject({
      code: "FAULT_USAGE",
      message: expect.stringContaining("the effect frozen of checkIdempotent is frozen"),
    });
  });

  it.each<[what: string, effects: IdempotencyCheck["effects"], message: string]>([
    ["an empty list", [], "was given no effects"],
    ["no names", {}, "effects: { gateway, ledger }"],
    ["members with methods", { stripe: { charges: { create() {} }, key: "k" } }, "that has them: stripe.charges."],
    ["nothing but data", { stripe: { key: "k" } }, "{ charge: (...args) => payments.charge(...args) }"],
    ["an accessor", [Object.defineProperty({}, "charge", { get: () => () => undefined })], "has no method"],
    ["a class", { pay: { Declined: class extends Error {} } }, "the effect pay of checkIdempotent has no method"],
  ])("refuses effects of which nothing would be seen: %s", async (_what, effects, message) => {
    const error = await rejection(checkIdempotent({ ...aCheck("charge twice", "mended"), effects }));

    expect(error).toBeInstanceOf(FaultUsageError);
    expect(error.message).toContain(message);
  });

  it("leaves no kit open, and no effect replaced, when it refuses an effect", async () => {
    const Plain = defineJob("Plain", {}, () => {});
    const gateway = { charge: async () => undefined };
    const { charge } = gateway;
    const effects = { gateway, frozen: Object.freeze({ mark: async () => undefined }) };
    const check = { jobs: [Plain], enqueue: () => Plain.enqueue(), reset() {}, observe: () => null, effects };

    await expect(checkIdempotent(check)).rejects.toMatchObject({ code: "FAULT_USAGE" });

    expect(gateway.charge).toBe(charge);
    await using kit = await createTestKit({ jobs: [Plain] });
    await Plain.enqueue();
    expect(await kit.drain()).toMatchObject({ ran: 1 });
  });
});

describe("checkIdempotent: the errors of its own kit", () => {
  const MailJob = defineJob("MailJob", {}, () => undefined);
  const SignUpJob = defineJob("SignUpJob", {}, async (_data, { enqueue }: JobContext) => {
    await enqueue(MailJob);
  });
  const aCall = { reset: () => undefined, observe: () => null, effects: [IDLE] };

  it("names its own jobs for a class that is missing", async () => {
    const direct = checkIdempotent({ jobs: [SignUpJob], enqueue: () => MailJob.enqueue(), ...aCall });
    expect((await rejection(direct)).message).toContain("Pass it in checkIdempotent({ jobs: [MailJob] }).");

    const { message } = await rejection(
      checkIdempotent({ jobs: [SignUpJob], enqueue: () => SignUpJob.enqueue(), ...aCall }),
    );
    expect(message).toContain("checkIdempotent: 1 job failed, which nobody expected.");
    expect(message.replaceAll(/\s+/g, " ")).toContain("Pass it in checkIdempotent({ jobs: [MailJob] }).");
    expect(message).toContain("Whatever checkIdempotent plays is to complete: mend the job, or let");
    expect(message).not.toMatch(/createTestKit|expectFailure|kit\./);
  });

  it("asks for a job where none was enqueued", async () => {
    const { message } = await rejection(checkIdempotent({ jobs: [MailJob], enqueue: () => undefined, ...aCall }));

    expect(message).toContain("checkIdempotent ran nothing, so it would prove nothing.");
    expect(message).toContain("Let enqueue enqueue a job, and await that.");
    expect(message).not.toMatch(/allowEmpty|kit\.drain/);
  });

  it("asks for an end of the chain where there is none", async () => {
    const againJob = defineJob("AgainJob", {}, async () => {
      await againJob.enqueueIn("1h");
    });

    const { message } = await rejection(
      checkIdempotent({ jobs: [againJob], enqueue: () => againJob.enqueue(), ...aCall }),
    );

    expect(message.replaceAll(/\s+/g, " ")).toContain(
      "checkIdempotent plays until all jobs have ended: stop the chain in the job",
    );
    expect(message).not.toContain("kit.advance");
  });
});
