// checkIdempotent: effects whose classes and answers are more than functions and promises.

import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { checkIdempotent, explore, NotIdempotentError } from "wheelwright/testing";
import { rejection } from "../a-kit.ts";

/** A table, with queries that begin when they are awaited, as those of knex do. */
function aTable() {
  const rows: number[] = [];
  class Query {
    #isUnique = false;
    #row: number;
    constructor(row: number) {
      this.#row = row;
    }
    ignore(): this {
      this.#isUnique = true;
      return this;
    }
    toString(): string {
      return `insert ${this.#row}`;
    }
    // biome-ignore lint/suspicious/noThenProperty: what makes a query awaitable
    then(...on: Parameters<Promise<number>["then"]>) {
      const insert = async (): Promise<number> => {
        if (!this.#isUnique || !rows.includes(this.#row)) rows.push(this.#row);
        return rows.length;
      };
      return insert().then(...on);
    }
  }
  return { rows, db: { insert: (row: number) => new Query(row) } };
}

type Table = ReturnType<typeof aTable>;

function check({ rows, db }: Table, perform: () => unknown) {
  const job = defineJob("InsertJob", {}, async () => void (await perform()));
  const reset = (): void => {
    rows.length = 0;
  };
  return checkIdempotent({
    jobs: [job],
    enqueue: () => job.enqueue(),
    reset,
    observe: () => [...rows],
    effects: { db },
  });
}

describe("checkIdempotent: answers of effects", () => {
  it("keeps the methods of a query builder, and dies before and after it is awaited", async () => {
    const table = aTable();

    const { points } = await check(table, async () => {
      expect(await table.db.insert(7).ignore()).toBe(1);
    });

    expect(points).toEqual([
      "before db.insert(7)",
      "after db.insert(7)",
      "when #1 InsertJob has returned, before its outcome is stored",
    ]);
  });

  it("begins a query once, and finds the one that is done twice", async () => {
    const table = aTable();

    const error = await rejection(check(table, async () => await table.db.insert(7)));

    expect(error).toBeInstanceOf(NotIdempotentError);
    expect(error.message).toContain("observed  length  2  unharmed 1");
    expect(error).toMatchObject({ twice: ["db.insert(7)"] });
  });

  it("has no point after a query that is built and never awaited", async () => {
    const table = aTable();

    const { points } = await check(table, () => expect(String(table.db.insert(7))).toBe("insert 7"));

    expect(points).toEqual(["before db.insert(7)", "when #1 InsertJob has returned, before its outcome is stored"]);
  });

  it("lets explore take turns at a query builder", async () => {
    const { rows, db } = aTable();
    const job = defineJob("InsertJob", {}, async () => void (await db.insert(7).ignore()));
    const scenario = async (): Promise<void> => {
      rows.length = 0;
      await job.enqueue();
    };

    const { steps } = await explore({
      jobs: [job],
      scenario,
      invariant: () => rows.length === 1,
      effects: { db },
      faults: { crash: true },
      runs: 20,
    });

    expect(steps).toBeGreaterThan(20 * 3);
  });

  it("keeps the members of a promise", async () => {
    let cancelled = 0;
    const http = {
      get: () => Object.assign(Promise.resolve(5), { cancel: () => void cancelled++, url: "/prices" }),
    };
    const job = defineJob("FetchJob", {}, async () => {
      const answer = http.get();
      if (answer.url === "/prices") answer.cancel();
      expect(await answer).toBe(5);
    });

    await checkIdempotent({
      jobs: [job],
      enqueue: () => job.enqueue(),
      reset: () => undefined,
      observe: () => null,
      effects: [http],
    });

    expect(cancelled).toBeGreaterThan(2);
  });

  it("leaves the classes of an effect alone, and dies after a call that fails", async () => {
    class Declined extends Error {}
    const tried = new Set<string>();
    const pay = {
      Declined,
      async charge(key: string): Promise<void> {
        tried.add(key);
        throw new Declined(key);
      },
    };
    const job = defineJob("PayJob", {}, async () => {
      expect(new pay.Declined("x")).toBeInstanceOf(Declined);
      await pay.charge("7").catch((error: unknown) => {
        if (!(error instanceof pay.Declined)) throw error;
      });
    });

    const { points } = await checkIdempotent({
      jobs: [job],
      enqueue: () => job.enqueue(),
      reset: () => tried.clear(),
      observe: () => [...tried],
      effects: { pay },
    });

    expect(points).toEqual([
      'before pay.charge("7")',
      'after pay.charge("7")',
      "when #1 PayJob has returned, before its outcome is stored",
    ]);
  });
});
