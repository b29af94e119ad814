// explore: schedules of several workers, played from a seed and shrunk to the smallest that fails.

import { describe, expect, it } from "vitest";
import { createJobs, type DefinedJob, defineJob, Job, type JobContext, MemoryJobStore } from "wheelwright";
import {
  CannotJudgeError,
  checkIdempotent,
  type Exploration,
  explore,
  InvariantBrokenError,
  KitUsageError,
  NothingRanError,
} from "wheelwright/testing";
import { fixedChoices, randomChoices } from "../../../src/testing/explore/choices.ts";
import { type Plan, play } from "../../../src/testing/explore/play.ts";
import { shrink } from "../../../src/testing/explore/shrink.ts";
import { rejection } from "../a-kit.ts";
import { fewer } from "../a-store.ts";
import { aMutex } from "./a-mutex.ts";

const THOROUGH = process.env.TEST_THOROUGH === "1";

/** A number in a database: read and written, or changed in one step. */
class Stock {
  #count = 0;
  async read(): Promise<number> {
    return this.#count;
  }
  async write(count: number): Promise<void> {
    this.#count = count;
  }
  get count(): number {
    return this.#count;
  }
  reset(count: number): void {
    this.#count = count;
  }
}

function aSale(): Exploration {
  const stock = new Stock();
  const sellJob = defineJob("SellJob", {}, async () => {
    const count = await stock.read();
    await stock.write(count - 1);
  });
  return {
    jobs: [sellJob],
    scenario: async () => {
      stock.reset(10);
      await sellJob.enqueue();
      await sellJob.enqueue();
    },
    invariant: () => expect(stock.count, "stock").toBe(8),
    effects: { stock },
    faults: {},
  };
}

/** The mended form: what was sold is known by the job's id, and is written in one step. */
function aSafeSale(): Exploration {
  const sold = new Set<string>();
  const stock = { sell: async (id: string) => void sold.add(id), check: async () => sold.size };
  const sellJob = defineJob("SellJob", {}, async (_data, context: JobContext) => {
    await stock.check();
    await context.sleep("1s");
    await stock.sell(context.job.id);
  });
  return {
    jobs: [sellJob],
    scenario: async () => {
      sold.clear();
      for (let count = 0; count < 3; count++) await sellJob.enqueue();
    },
    invariant: () => sold.size === 3,
    effects: { stock },
  };
}

/** One job, after which there is one charge. */
function aCharge(job: DefinedJob<object>, charges: Set<string>): Exploration {
  return {
    jobs: [job],
    scenario: async () => {
      charges.clear();
      await job.enqueue();
    },
    invariant: () => expect(charges.size, "charges").toBe(1),
  };
}

describe("explore", () => {
  it("finds a lost update between two workers, and prints the smallest schedule", async () => {
    const error = await rejection(explore(aSale()));

    expect(error).toBeInstanceOf(InvariantBrokenError);
    expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
      "
      The invariant does not hold: stock: expected 9 to be 8 // Object.is equality

        schedule    worker-1 looks for work
                    worker-1 calls stock.read() for #1 SellJob
                  ▸ worker-2 looks for work
                    worker-2 calls stock.read() for #2 SellJob
                    worker-2 has the answer of stock.read()
                    worker-2 calls stock.write(9) for #2 SellJob
                    worker-2 has the answer of stock.write(9)
                    worker-2 settles #2 SellJob
                    worker-1 has the answer of stock.read()
                    worker-1 calls stock.write(9) for #1 SellJob
                    worker-1 has the answer of stock.write(9)
                    worker-1 settles #1 SellJob

        timeline  +0s  + #1 SellJob  enqueued
                       + #2 SellJob  enqueued
                       → #1 SellJob  attempt 1 of 3
                       ↯ explore     worker-2 looks for work
                       ✓ #2 SellJob  completed
                       ✓ #1 SellJob  completed

        seed      5 (run 5 of 100); ▸ marks what did not come by itself
        replay    explore({ …, replay: "5:0.1#d9f5 of 2 workers without faults" })
      "
    `);
  });

  it("finds the same on SQLite, each run in a store without jobs", async () => {
    const sale = aSale();
    const stores = new Set<string>();
    const scenario: Exploration["scenario"] = async (kit) => {
      stores.add(kit.store.name);
      expect(await kit.jobs.list()).toEqual([]);
      await sale.scenario(kit);
    };
    const told = async (store: string): Promise<string> =>
      (await rejection(explore({ ...sale, scenario, store }))).message;

    expect(await told("sqlite::memory:")).toBe(await told("memory:"));
    expect([...stores]).toEqual(["sqlite", "memory"]);
  });

  it("finds a lost update under a lock that locks nothing, and none under one that does", async () => {
    const sold = (lock: { withLock(work: () => Promise<void>): Promise<void> }): Exploration => {
      const stock = new Stock();
      const sellJob = defineJob("SellJob", {}, () => lock.withLock(async () => stock.write((await stock.read()) - 1)));
      const scenario = async (): Promise<void> => {
        stock.reset(10);
        await sellJob.enqueue();
        await sellJob.enqueue();
      };
      return { jobs: [sellJob], scenario, invariant: () => stock.count === 8, effects: { lock, stock }, faults: {} };
    };
    const mutex = aMutex();

    const error = await rejection(explore(sold({ withLock: (work) => work() })));

    expect(error).toBeInstanceOf(InvariantBrokenError);
    expect(error.message).toContain("has the answer of stock.read()");
    const runs = fewer(100, 10);
    await expect(explore({ ...sold(mutex), runs })).resolves.toMatchObject({ runs });
    // A worker that dies lets its lock go, so that all comes to rest; that it sold twice is another matter.
    const crashed = { ...sold(mutex), invariant: () => true, faults: { crash: true } as const, runs };
    await expect(explore(crashed)).resolves.toMatchObject({ runs });
  });

  it("plays the schedule again from its text", async () => {
    const first = (await rejection(explore(aSale()))) as InvariantBrokenError; // `as`: see the test above
    const again = (await rejection(explore({ ...aSale(), replay: first.replay }))) as InvariantBrokenError;

    expect(again.schedule).toEqual(first.schedule);
    expect(again.replay).toBe(first.replay);
  });

  it("refuses a replay of other workers or faults, of which it would be another schedule", async () => {
    const { replay } = (await rejection(explore(aSale()))) as InvariantBrokenError; // `as`: see the tests above

    await expect(explore({ ...aSale(), workers: 3, replay })).rejects.toThrow(
      `explore's replay is "${replay}"; expected one of this exploration, which is of 3 workers without faults.`,
    );
    for (const [faults, words] of [
      [undefined, "with all faults"],
      [{ pause: true, crash: true }, "with crash, pause"],
    ] as const)
      await expect(explore({ ...aSale(), faults, replay })).rejects.toThrow(`of 2 workers ${words}.`);
  });

  it("tells whether a replay that holds went as it was printed", async () => {
    const { replay } = (await rejection(explore(aSale()))) as InvariantBrokenError; // `as`: see the tests above
    const replayed = (sale: Exploration, text = replay): Promise<object> =>
      explore({ ...sale, faults: {}, replay: text });

    // The same choice is of another worker's step where the first takes more steps, or has no choice.
    await expect(replayed({ ...aSale(), invariant: () => true })).resolves.toMatchObject({ isAsPrinted: true });
    await expect(replayed({ ...aSale(), invariant: () => true }, `  ${replay}\n`)).resolves.toMatchObject({ runs: 1 });
    await expect(replayed(aSafeSale())).resolves.toMatchObject({ runs: 1, isAsPrinted: false });
    await expect(replayed(aSafeSale(), replay.replace("0.1#", "0.9#"))).resolves.toMatchObject({ isAsPrinted: false });
  });

  it("finds nothing with one worker and no faults", async () => {
    const runs = fewer(100, 10);
    await expect(explore({ ...aSale(), workers: 1, runs })).resolves.toMatchObject({ runs });
  });

  it("finds what is done twice after a crash, with one worker", async () => {
    const error = (await rejection(
      explore({ ...aSale(), workers: 1, faults: { crash: true } }),
    )) as InvariantBrokenError;

    expect(error.schedule.filter((line) => line.startsWith("▸"))).toEqual([
      "▸ worker-1: dies (has the answer of stock.write(9))",
    ]);
    expect(error.message).toContain("↯ #1 SellJob  worker-1: dies");
  });

  it("accepts jobs that are safe, whatever goes wrong", async () => {
    const runs = fewer(THOROUGH ? 2000 : 100, 20);

    await expect(explore({ ...aSafeSale(), workers: 3, runs })).resolves.toMatchObject({ runs });
  });

  it.each(["crash", "pause", "storeError", "lostAnswer", "skewedClock"] as const)(
    "meets the fault %s",
    async (fault) => {
      const traces: string[] = [];
      for (let seed = 1; seed <= fewer(40, 15); seed++) {
        const { trace, violation } = await play(planOf({ [fault]: true }), seed, randomChoices(seed));
        expect(violation).toBeNull();
        traces.push(...trace);
      }

      expect(traces.join("\n")).toContain(
        {
          crash: ": dies (",
          pause: "is paused past the end of its lease",
          storeError: "the store fails",
          lostAnswer: "the store's answer is lost",
          skewedClock: "s off",
        }[fault],
      );
    },
  );

  it("plays each seed twice alike", async () => {
    for (let seed = 1; seed <= fewer(THOROUGH ? 500 : 25, 3); seed++) {
      const first = await play(planOf({}), seed, randomChoices(seed));
      const second = await play(planOf({}), seed, randomChoices(seed));
      const replayed = await play(planOf({}), seed, fixedChoices(first.made));

      expect(second).toEqual(first);
      expect(replayed.trace).toEqual(first.trace);
    }
  });

  it("R16 lets no time pass that would end an attempt at work", async () => {
    const kinds: string[] = [];
    const job = defineJob("ShortJob", { timeout: 1 }, async (_data, context: JobContext) => {
      await world.touch();
      kinds.push(`attempt ${context.attempt}`);
    });
    const world = { touch: async () => undefined };

    await explore({
      jobs: [job],
      scenario: async () => {
        await job.enqueue();
        await job.enqueueIn("1h");
      },
      invariant: () => true,
      effects: { world },
      runs: fewer(100, 10),
      faults: {},
    });

    expect(new Set(kinds)).toEqual(new Set(["attempt 1"]));
  });

  it("lets others go on when a handler has enqueued, and when it reports its progress", async () => {
    const order: string[] = [];
    const followUp = defineJob("FollowUpJob", {}, () => void order.push("follow-up"));
    const job = defineJob("ParentJob", {}, async (_data, context: JobContext) => {
      await followUp.enqueue();
      order.push("enqueued");
      await context.progress(1, 2);
      order.push("reported");
    });
    const seen = new Set<string>();

    await explore({
      jobs: [job, followUp],
      scenario: async () => {
        order.length = 0;
        await job.enqueue();
      },
      invariant: () => void seen.add(order.join(" ")),
      runs: fewer(100, 40),
      faults: {},
    });

    expect([...seen].sort()).toEqual([
      "enqueued follow-up reported",
      "enqueued reported follow-up",
      "follow-up enqueued reported",
    ]);
  });

  it("finds a follow-up that is enqueued twice", async () => {
    const mails: string[] = [];
    const mailJob = defineJob("MailJob", {}, async () => void mails.push("mail"));
    const job = defineJob("OrderJob", {}, async () => {
      await mailJob.enqueue();
    });
    const error = (await rejection(
      explore({
        jobs: [job, mailJob],
        scenario: async () => {
          mails.length = 0;
          await job.enqueue();
        },
        invariant: () => mails.length === 1,
        faults: { crash: true },
        workers: 1,
      }),
    )) as InvariantBrokenError;

    expect(error.schedule.filter((line) => line.startsWith("▸"))).toEqual([expect.stringContaining(": dies (")]);
  });

  it("R25 finds a key that is made of the attempt's number, and tells the second attempt", async () => {
    const charges = new Set<string>();
    const gateway = { charge: async (key: string) => void charges.add(key) };
    const job = defineJob("ChargeJob", {}, async (_data, { job: { id, attempts } }: JobContext) => {
      await gateway.charge(`${id}-${attempts}`);
    });
    const error = await rejection(
      explore({ ...aCharge(job, charges), effects: { gateway }, workers: 1, faults: { crash: true } }),
    );

    expect(error).toBeInstanceOf(InvariantBrokenError);
    expect(error.message).toContain("charges: expected 2 to be 1");
    expect(error.message).toContain("✓ #1 ChargeJob  completed in attempt 2 of 4");
  });

  it.each(["crash", "pause", "lostAnswer"] as const)(
    "R25 finds by the fault %s a job that takes its second attempt for the end of the first",
    async (fault) => {
      const charges = new Set<string>();
      const gateway = { check: async () => undefined, charge: async (key: string) => void charges.add(key) };
      const job = defineJob("ChargeJob", {}, async (_data, { job: { id }, attempt, progress }: JobContext) => {
        if (attempt > 1) return;
        await gateway.check();
        if (fault === "pause") await progress(1, 2); // Rejects, for the claim was taken back meanwhile.
        await gateway.charge(id);
      });
      const error = await rejection(
        explore({ ...aCharge(job, charges), effects: { gateway }, faults: { [fault]: true } }),
      );

      expect(error).toBeInstanceOf(InvariantBrokenError);
      expect(error.message).toContain("charges: expected +0 to be 1");
      expect(error.message).toContain("attempt 2 of 4");
    },
  );

  it("R20 does not count a redelivery against maxRetries", async () => {
    const sold = new Set<string>();
    const stock = { sell: async (id: string) => void sold.add(id) };
    const job = defineJob("OnceJob", { maxRetries: 1 }, async (_data, { job: { id } }: JobContext) => stock.sell(id));

    await explore({ ...aCharge(job, sold), effects: { stock }, runs: fewer(100, 20) });
  });

  it("takes an app's place, with the instances that it makes", async () => {
    const made: string[] = [];
    const list = { add: (by: string) => void made.push(by) };
    class MadeJob extends Job {
      readonly by: string;
      constructor(by = "nobody") {
        super();
        this.by = by;
      }
      perform(): void {
        list.add(this.by);
      }
    }
    const app = createJobs({ store: new MemoryJobStore(), jobs: [MadeJob], create: () => new MadeJob("the app") });

    await explore({ app, scenario: () => app.enqueue(MadeJob), invariant: () => true, runs: 2, faults: {} });
    await checkIdempotent({
      app,
      enqueue: () => app.enqueue(MadeJob),
      reset: () => undefined,
      observe: () => 1,
      effects: { list },
    });

    expect(new Set(made)).toEqual(new Set(["the app"]));
  });

  it("R42 fails for a job that failed for good, unless the scenario expects it", async () => {
    const job = defineJob("FailingJob", { maxRetries: 2 }, () => {
      throw new Error("no money");
    });
    const exploration: Exploration = {
      jobs: [job],
      scenario: () => job.enqueue(),
      invariant: () => true,
      runs: 2,
      faults: {},
    };

    expect((await rejection(explore(exploration))).message).toContain("FailingJob failed for good: no money");
    await explore({
      ...exploration,
      scenario: async (kit) => {
        kit.expectFailure(job, "no money");
        await job.enqueue();
      },
    });
  });

  it("R48 does not pass where no run had a job", async () => {
    const job = defineJob("SellJob", {}, () => undefined);
    const exploration = { jobs: [job], scenario: () => undefined, invariant: () => true, runs: 2 };
    let runs = 0;
    const scenario = async (): Promise<void> => {
      if (++runs === 2) await job.enqueueIn("1d");
    };

    const error = await rejection(explore(exploration));

    expect(error).toBeInstanceOf(NothingRanError);
    expect(`\n${error.message}\n`).toMatchInlineSnapshot(`
      "
      explore ran nothing: its scenario enqueued no job, so that an invariant proves nothing.

        hint      Was the code under test called in the scenario, and awaited?
                  Did it enqueue elsewhere? An app's own jobs are found by { app },
                    those of the kit by kit.jobs.
      "
    `);
    await expect(explore({ ...exploration, replay: "1:#0000 of 2 workers with all faults" })).rejects.toMatchObject({
      code: "NOTHING_RAN",
    });
    await expect(explore({ ...exploration, scenario })).resolves.toMatchObject({ runs: 2 });
  });

  it("R48 does not pass where effects were given and no handler called one", async () => {
    class Stripe {
      async charge(): Promise<void> {}
    }
    const own = new Stripe();
    const job = defineJob("ChargeJob", {}, () => own.charge());
    const scenario = () => job.enqueue();
    const exploration = { jobs: [job], scenario, invariant: () => true, effects: [new Stripe()], runs: 2 };

    const error = await rejection(explore(exploration));

    expect(error).toBeInstanceOf(CannotJudgeError);
    expect(error.message).toBe(
      "explore cannot judge these jobs: no handler called a method of the effects given (Stripe) in any run, so that workers took no turns at what they do. Do the jobs use another object, such as an instance of their own, a member of an effect (stripe.charges of stripe), or a function that was taken from it before? Give the object that they call. Or leave effects out, to have turns only at sleeps, enqueues, progress and the end of a job.",
    );
    await expect(explore({ ...exploration, effects: [] })).resolves.toMatchObject({ runs: 2 });
    await expect(explore({ ...exploration, effects: [own] })).resolves.toMatchObject({ runs: 2 });
  });

  it("tells of jobs that never come to rest", async () => {
    const job = defineJob("AgainJob", {}, async () => {
      await job.enqueueIn("1s");
    });
    const exploration = { jobs: [job], scenario: () => job.enqueue(), invariant: () => true, runs: 1, faults: {} };

    expect((await rejection(explore(exploration))).message).toContain("do not come to rest");
  });

  it("refuses what it does not know", async () => {
    await expect(explore({ ...aSale(), run: 7 } as never)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(explore({ ...aSale(), faults: { crashes: true } as never })).rejects.toMatchObject({
      code: "INVALID_OPTION",
    });
    await expect(explore({ ...aSale(), faults: { crash: false } as never })).rejects.toThrow(
      "explore's faults.crash is false; expected true for what may go wrong, with the others left out; {} is none, and without faults all may.",
    );
    await expect(explore({ ...aSale(), replay: "x" })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(explore({ ...aSale(), store: new MemoryJobStore() as never })).rejects.toMatchObject({
      code: "INVALID_OPTION",
    });
    await expect(explore({ ...aSale(), workers: 0 })).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });

  it("refuses the faults of its kit, and names its own", async () => {
    const refused = await rejection(explore({ ...aSale(), scenario: (kit) => void kit.faults.failStore("claim") }));

    expect(refused).toBeInstanceOf(KitUsageError);
    expect(refused.message).toContain("by its option faults, as in explore({ …, faults: { crash: true } })");
  });
});

describe("shrink", () => {
  it("keeps only the choices without which it does not fail", async () => {
    const failing = async (list: readonly number[]) => (list.includes(3) && list.includes(2) ? list : null);

    expect(await shrink([1, 0, 3, 1, 0, 4, 2, 0, 1], failing)).toEqual([3, 2]);
  });
});

/** Three workers that sell safely, with these faults; all of them unless any is named. */
function planOf(faults: Partial<Record<string, boolean>>): Plan {
  const { jobs = [], scenario, invariant, effects = {} } = aSafeSale();
  const isAll = Object.keys(faults).length === 0;
  const names = ["crash", "pause", "storeError", "lostAnswer", "skewedClock"];
  return {
    jobs: { jobs },
    scenario,
    invariant,
    effects: Object.entries(effects),
    workers: 3,
    now: "2030-01-01T00:00:00Z",
    store: undefined,
    faults: Object.fromEntries(names.map((name) => [name, isAll || faults[name] === true])),
  };
}

describe("explore: the errors of its own kit", () => {
  it("names its own jobs for a class that is missing", async () => {
    const mailJob = defineJob("MailJob", {}, () => undefined);
    const otherJob = defineJob("OtherJob", {}, () => undefined);

    const error = await rejection(
      explore({ jobs: [otherJob], scenario: () => mailJob.enqueue(), invariant: () => true }),
    );

    expect(error.message).toContain("Pass it in explore({ jobs: [MailJob] }).");
  });
});
