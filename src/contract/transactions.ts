// Contract: enqueueing in the app's own transaction (R9).

import assert from "node:assert/strict";
import type { JobStore } from "../store/job-store.ts";
import { aJob, jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, changesNothing, claim, enqueue, everyJob, hasCode, idsOf, jobIn, read } from "./steps.ts";

/**
 * Work that is begun later, as another request would: not from inside of the transaction, as a part of which a store may
 * refuse to wait for that very transaction.
 */
function byAnother<T>(work: () => Promise<T>): { readonly begin: () => void; readonly result: Promise<T> } {
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return { begin: () => begin(), result: begun.then(work) };
}

/** Whether a call has been answered, and with what. */
interface Watched<T> {
  readonly result: Promise<T>;
  /** What has come until now: nothing, or the one answer. */
  readonly answers: readonly T[];
}

function watch<T>(result: Promise<T>): Watched<T> {
  const answers: T[] = [];
  result.then(
    (answer) => answers.push(answer),
    () => {},
  );
  return { result, answers };
}

/** Round trips within the transaction: others, whose calls take one each, have had their answers by then unless they wait. */
async function letOthersGoOn(store: JobStore, transaction: unknown): Promise<void> {
  for (let turn = 0; turn < 8; turn++) {
    await store.insert([aJob({ id: "filler", queue: "filler" })], { now: T0, transaction });
  }
}

class Rollback extends Error {}

export function describeTransactions({ describe, it, itWithTransactions }: Contract): void {
  describe("transactions", () => {
    it("R9 refuses what is no transaction of its kind, and stores nothing", async (store) => {
      await changesNothing(store, async () => {
        for (const transaction of [{}, { query: 1 }, "transaction", 7, () => {}]) {
          const attempt = store.insert([aJob()], { now: T0, transaction });
          await assert.rejects(attempt, hasCode("TRANSACTION_NOT_SUPPORTED"));
        }
      });
    });

    itWithTransactions("BM-212 stores what was enqueued when the transaction commits", async (store, _, run) => {
      const list = jobs(3, (index) => ({ data: { index } }));

      await run(async (transaction) => {
        await store.insert(list.slice(0, 2), { now: T0, transaction });
        await store.insert(list.slice(2), { now: T0, transaction });
      });

      assert.deepEqual(idsOf(await everyJob(store)), idsOf(list).toReversed());
      assert.deepEqual(idsOf(await claim(store, { limit: 9 })), idsOf(list));
    });

    itWithTransactions("BM-212 stores nothing when the transaction is rolled back", async (store, _, run) => {
      await assert.rejects(
        run(async (transaction) => {
          await store.insert([aJob({ id: "a", uniqueKey: "k" }), aJob()], { now: T0, transaction });
          throw new Rollback();
        }),
        Rollback,
      );

      assert.deepEqual(await everyJob(store), []);
      assert.deepEqual(await claim(store, { limit: 9 }), []);
      assert.equal((await store.stats({})).size, 0);
      assert.equal((await enqueue(store, { id: "a", uniqueKey: "k" })).deduplicated, false);
    });

    itWithTransactions("R9 answers with the row as it will be read after the commit", async (store, _, run) => {
      const answers: object[] = [];

      await run(async (transaction) => {
        answers.push(...(await store.insert([aJob({ id: "a", data: { a: 1 } })], { now: at(5), transaction })));
      });

      assert.deepEqual(answers, [{ ...(await read(store, "a")), deduplicated: false }]);
    });

    itWithTransactions("R9 rolls back what it enqueued and leaves what others did", async (store, _, run) => {
      const before = await enqueue(store);

      await assert.rejects(
        run(async (transaction) => {
          await store.insert([aJob()], { now: T0, transaction });
          throw new Rollback();
        }),
        Rollback,
      );

      assert.deepEqual(idsOf(await everyJob(store)), [before.id]);
    });

    itWithTransactions("BM-015 answers with the holder of a key, and can commit still", async (store, _, run) => {
      const holder = await enqueue(store, { uniqueKey: "k", id: "a" });

      await run(async (transaction) => {
        const answers = await store.insert([aJob({ uniqueKey: "k" }), aJob({ id: "a" }), aJob({ id: "b" })], {
          now: T0,
          transaction,
        });
        assert.deepEqual(
          answers.map((answer) => [answer.id, answer.deduplicated]),
          [
            [holder.id, true],
            [holder.id, true],
            ["b", false],
          ],
        );
      });

      assert.deepEqual(idsOf(await everyJob(store)), ["b", "a"]);
    });

    itWithTransactions("R8 finds keys and ids that the same transaction has taken", async (store, _, run) => {
      await run(async (transaction) => {
        await store.insert([aJob({ id: "a", uniqueKey: "k" })], { now: T0, transaction });
        const [byId, byKey] = await store.insert([aJob({ id: "a" }), aJob({ uniqueKey: "k" })], {
          now: T0,
          transaction,
        });
        assert.deepEqual([byId?.id, byId?.deduplicated, byKey?.id, byKey?.deduplicated], ["a", true, "a", true]);
      });

      assert.equal((await everyJob(store)).length, 1);
    });

    itWithTransactions("R10 stores none of a list that fails, and can commit the rest", async (store, _, run) => {
      const { id } = await jobIn(store, "pending");
      const newId = (): string => {
        throw new RangeError("out of ids");
      };

      await run(async (transaction) => {
        await store.insert([aJob({ id: "before" })], { now: T0, transaction });
        const failing = [aJob({ id: "gone", uniqueKey: "k" }), { ...aJob(), id }];
        await assert.rejects(store.insert(failing, { now: T0, transaction, newId }), /out of ids/);
        const [after] = await store.insert([aJob({ id: "after", uniqueKey: "k" })], { now: T0, transaction });
        assert.equal(after?.deduplicated, false);
      });

      assert.deepEqual(idsOf(await everyJob(store)), ["after", "before", id]);
    });

    // A store may make others wait for the end of the transaction, as one with a single connection has to; what it
    // answers before the end must not be of the transaction's.
    itWithTransactions(
      "BM-212 lets nobody see or run a job before its transaction commits",
      async (store, second, run) => {
        const others = [
          byAnother(() => second.get("a")),
          byAnother(() => second.list({ queue: "mine" })),
          byAnother(() => second.list({ uniqueKey: "k" })),
          byAnother(() => second.due({ queues: ["mine"], limit: 9, now: T0 })),
          byAnother(() => second.nextRunAt({ queues: ["mine"] })),
          byAnother(async () => (await second.stats({})).get("mine") ?? null),
        ];
        const looks = others.map(({ result }) => watch<unknown>(result));
        const claimers = [
          byAnother(() => claim(second, { queues: ["mine"], limit: 9 })),
          byAnother(() => claim(second, { id: "a" })),
        ];
        const claims = claimers.map(({ result }) => watch(result));

        await run(async (transaction) => {
          await store.insert([aJob({ id: "a", queue: "mine", uniqueKey: "k" })], { now: T0, transaction });
          for (const { begin } of [...others, ...claimers]) begin();
          await letOthersGoOn(store, transaction);
          for (const { answers } of looks) for (const answer of answers) assert.ok(isNothing(answer));
          for (const { answers } of claims) assert.deepEqual(answers.flat(), []);
        });

        const early = (await Promise.all(claims.map(({ result }) => result))).flat();
        for (const { result } of looks) await result;
        const late = await claim(second, { queues: ["mine"], limit: 9 });
        assert.deepEqual(idsOf([...early, ...late]), ["a"]);
      },
    );

    itWithTransactions("R9 lets others enqueue and claim, meanwhile or then", async (store, second, run) => {
      const before = await enqueue(store, { queue: "theirs" });
      const enqueued = byAnother(() => enqueue(second, { id: "theirs", queue: "theirs" }));
      const claimed = byAnother(() => claim(second, { queues: ["theirs"] }));
      const waiting = Promise.all([enqueued.result, claimed.result]);

      await run(async (transaction) => {
        await store.insert([aJob({ id: "mine", queue: "mine" })], { now: T0, transaction });
        enqueued.begin();
        claimed.begin();
        await letOthersGoOn(store, transaction);
      });

      const [job, claims] = await waiting;
      assert.deepEqual([job.id, job.deduplicated], ["theirs", false]);
      assert.deepEqual(idsOf(claims), [before.id]);
      assert.deepEqual(idsOf(await claim(second, { queues: ["mine", "theirs"], limit: 9 })).toSorted(), [
        "mine",
        "theirs",
      ]);
    });

    for (const [what, draft] of [
      ["a key", { uniqueKey: "k" }],
      ["an id", { id: "a" }],
    ] as const) {
      itWithTransactions(
        `BM-195 makes others wait for ${what} it has taken, and answers with its job once it commits`,
        async (store, second, run) => {
          const other = byAnother(() => enqueue(second, { ...draft, data: { mine: false } }));
          const { result, answers } = watch(other.result);

          await run(async (transaction) => {
            await store.insert([aJob({ ...draft, data: { mine: true } })], { now: T0, transaction });
            other.begin();
            await letOthersGoOn(store, transaction);
            assert.deepEqual(answers, []);
          });

          const answer = await result;
          assert.deepEqual([answer.deduplicated, answer.data], [true, { mine: true }]);
          assert.deepEqual(await second.list({ queue: "default" }).then(idsOf), [answer.id]);
        },
      );

      itWithTransactions(
        `BM-195 makes others wait for ${what} it has taken, and lets them have it once it rolls back`,
        async (store, second, run) => {
          const other = byAnother(() => enqueue(second, { ...draft, data: { mine: false } }));
          const { result } = watch(other.result);

          await assert.rejects(
            run(async (transaction) => {
              await store.insert([aJob({ ...draft, data: { mine: true } })], { now: T0, transaction });
              other.begin();
              await letOthersGoOn(store, transaction);
              throw new Rollback();
            }),
            Rollback,
          );

          const answer = await result;
          assert.deepEqual([answer.deduplicated, answer.data], [false, { mine: false }]);
          assert.deepEqual(idsOf(await everyJob(store)), [answer.id]);
        },
      );
    }
  });
}

/** What there is to see of a job that is not there. */
function isNothing(answer: unknown): boolean {
  return answer === null || (Array.isArray(answer) && answer.length === 0);
}
