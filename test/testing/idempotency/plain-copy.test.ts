// An observe that gives what cannot be compared: any job would pass.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { idempotencyProperty } from "wheelwright/fast-check";
import { CannotJudgeError, checkIdempotent } from "wheelwright/testing";
import { rejection } from "../a-kit.ts";

class Ledger {
  #charges: string[] = [];
  charge(id: string): void {
    this.#charges.push(id);
  }
  clear(): void {
    this.#charges = [];
  }
  get charges(): readonly string[] {
    return this.#charges;
  }
}

class Row {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}

const ledger = new Ledger();
const charge = defineJob("ChargeJob", {}, (_data, { job }) => ledger.charge(job.id));

/** Charges twice. */
function checkOf(observe: () => unknown): Promise<unknown> {
  return checkIdempotent({
    jobs: [charge],
    enqueue: () => charge.enqueue(),
    reset: () => ledger.clear(),
    observe,
    effects: { ledger },
  });
}

const HIDDEN: readonly (readonly [string, () => unknown, string])[] = [
  ["an instance with private state", () => ledger, "observed is a Ledger"],
  ["one deep within", () => ({ accounts: [{}, { ledger }] }), "observed.accounts[1].ledger is a Ledger"],
  ["one in a map", () => new Map([["main", ledger]]), 'observed.get("main") is a Ledger'],
  ["one in a set", () => [new Set([ledger])], "observed[0] (a member of the set) is a Ledger"],
  ["one that is the key of a map", () => new Map([[ledger, 1]]), "observed (a key of the map) is a Ledger"],
  ["a function", () => ({ count: () => ledger.charges.length }), "observed.count is a function"],
  ["a promise", () => [Promise.resolve(1)], "observed[0] is a Promise"],
  ["a weak map", () => ({ rows: new WeakMap() }), "observed.rows is a WeakMap"],
  ["an instance of a class without a name", () => new (class {})(), "observed is a class instance"],
];

const SHOWN: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["nothing in it", [{}, [], new Map(), new Set(), Object.create(null)]],
  ["values", [1, "a", true, 2n, undefined, new Date(0), /a/, new Error("no"), Object(1)]],
  ["buffers", [Buffer.from(""), new Uint8Array(2), new ArrayBuffer(0), new DataView(new ArrayBuffer(1))]],
  ["rows of a class", [new Row(1)]],
];

describe("what is observed", () => {
  it.each(HIDDEN)("is refused where it is %s", async (_name, observe, said) => {
    const error = await rejection(checkOf(observe));

    expect(error).toBeInstanceOf(CannotJudgeError);
    expect(error.message).toBe(
      `checkIdempotent cannot judge these jobs: ${said}, of which nothing can be compared, so that it would be the same whatever the jobs do. Let observe give plain values in its place, awaited: rows, numbers, texts.`,
    );
  });

  it.each(SHOWN)("may be %s", async (_name, shown) => {
    expect((await rejection(checkOf(() => ({ twice: [shown, shown], charges: ledger.charges.length })))).name).toBe(
      "NotIdempotentError",
    );
  });

  it("may not be a circle, which a comparison would never come to the end of", async () => {
    const circle: { rows: unknown[] } = { rows: [] };
    circle.rows.push(circle);

    expect((await rejection(checkOf(() => circle))).message).toBe(
      "checkIdempotent cannot judge these jobs: observed.rows[0] is an object that it is itself within. Let observe give plain values in its place, awaited: rows, numbers, texts.",
    );
  });

  it("may not be what cannot be copied", async () => {
    expect((await rejection(checkOf(() => [Symbol("row")]))).message).toMatch(
      /^what checkIdempotent's observe gives is .+; expected plain values \(Symbol\(row\) could not be cloned\.\)\.$/,
    );
  });

  it("is refused by idempotencyProperty, too", async () => {
    const property = idempotencyProperty(charge, {
      data: fc.constant({}),
      reset: () => ledger.clear(),
      observe: () => ({ ledger }),
      effects: { ledger },
    });

    const error = await rejection(fc.assert(property, { numRuns: 1 }));

    expect(String(error.cause)).toContain("idempotencyProperty cannot judge these jobs: observed.ledger is a Ledger,");
  });
});
