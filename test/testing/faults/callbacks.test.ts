// What an effect is given in the place of a handler's functions.

import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { aKit } from "../a-kit.ts";

const NOON = "2030-01-01T12:00:00Z";

/** Performs a job with an effect that is watched, and gives what the effect was given. */
async function given(...args: readonly unknown[]): Promise<readonly unknown[]> {
  const seen: unknown[][] = [];
  const effect = {
    take: async (...all: unknown[]) => void seen.push(all),
  };
  const job = defineJob("GiveJob", {}, async () => {
    await effect.take(...args);
    await effect.take(...args);
  });
  const kit = await aKit([job], { now: NOON });
  kit.faults.crash(job, { before: [effect, "take"], nth: 99 });
  await kit.run(() => job.enqueue());
  await kit.drain();
  kit.faults.clear();
  const [first = [], second = []] = seen;
  expect(second.every((value, index) => value === first[index])).toBe(true);
  return first;
}

describe("a callback of an effect", () => {
  it("keeps this, arguments, result, name, length and members, and is the same each time", async () => {
    function listen(this: unknown, one: number, two: number): unknown {
      return [this, one, two];
    }
    const self = {};

    const [callback] = (await given(Object.assign(listen, { id: 5 }))) as [typeof listen & { id: number }];

    expect([callback.name, callback.length, callback.id]).toEqual(["listen", 2, 5]);
    const [seen, ...rest] = callback.call(self, 1, 2) as unknown[];
    expect(seen).toBe(self);
    expect(rest).toEqual([1, 2]);
  });

  it("leaves classes and what is no plain object alone", async () => {
    class Row {
      read = () => 1;
    }
    // biome-ignore lint/complexity/useArrowFunction: the class of an older compiler
    const Old = function () {};
    Old.prototype.read = () => 1;
    const row = new Row();
    const options = { type: Row, at: 5 };

    const seen = await given(Row, Old, row, options, Date);

    expect(seen[0]).toBe(Row);
    expect(seen[1]).toBe(Old);
    expect(seen[2]).toBe(row);
    expect(seen[3]).toBe(options);
    expect(seen[4]).toBe(Date);
  });

  it("shows functions of options, frozen ones too, and writes to the options themselves", async () => {
    const options = { done: () => 1, count: 0 };
    const frozen = Object.freeze({ done: () => 2 });

    const [first, second] = (await given(options, frozen)) as [typeof options, typeof frozen];
    first.count = 3;

    expect([first.done(), second.done()]).toEqual([1, 2]);
    expect(options.count).toBe(3);
  });
});
