import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SortedQueue } from "../../src/job/sorted-queue.ts";
import { always } from "../always.ts";

interface Member {
  readonly at: number;
  readonly order: number;
  gone: boolean;
}

const compare = (a: Member, b: Member): number => a.at - b.at || a.order - b.order;

/** The queue, and beside it the plain sorted array that it has to be like. */
class Pair {
  readonly queue = new SortedQueue<Member>(compare, (member) => !member.gone);
  live: Member[] = [];
  #order = 0;

  push(at: number): void {
    const member = { at, order: this.#order++, gone: false };
    this.queue.push(member);
    this.live.push(member);
    this.live.sort(compare);
  }

  pop(): void {
    expect(this.queue.pop()).toBe(this.live.shift());
  }

  peek(): void {
    expect(this.queue.peek()).toBe(this.live[0]);
  }

  discard(place: number): void {
    const [member] = this.live.splice(place % Math.max(this.live.length, 1), 1);
    if (member === undefined) return;
    member.gone = true;
    this.queue.discard();
  }

  walk(): void {
    expect([...this.queue]).toEqual(this.live);
  }

  size(): void {
    expect(this.queue.size).toBeGreaterThanOrEqual(this.live.length);
    expect(this.queue.size).toBeLessThanOrEqual(2 * this.live.length + 66);
  }

  clear(): void {
    this.queue.clear();
    this.live = [];
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("push" as const), value: fc.integer({ min: 0, max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("pop" as const), value: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("discard" as const), value: fc.nat({ max: 1000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom("peek", "walk", "size", "clear" as const), value: fc.constant(0) }),
  },
);

describe("SortedQueue", () => {
  it("hands out what a sorted array would, whatever is pushed, popped and discarded", () => {
    always(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const pair = new Pair();

        for (const { type, value } of steps) pair[type](value);

        while (pair.live.length > 0) pair.pop();
        expect(pair.queue.pop()).toBeUndefined();
        expect(pair.queue.peek()).toBeUndefined();
      }),
    );
  });

  it.each<[string, (order: number) => number]>([
    ["upwards", (order) => order],
    ["downwards", (order) => -order],
    ["mixed", (order) => (order * 7919) % 5003],
    ["upwards, but for a few", (order) => (order % 100 === 0 ? -order : order)],
    ["all alike", () => 0],
  ])("hands out thousands that came %s, most of them discarded", (_, atOf) => {
    const pair = new Pair();
    const members = Array.from({ length: 5000 }, (_, order): Member => ({ at: atOf(order), order, gone: false }));
    for (const member of members) pair.queue.push(member);

    for (const member of members) {
      if ((member.order * 7919) % 10 >= 7) continue;
      member.gone = true;
      pair.queue.discard();
    }
    pair.live = members.filter((member) => !member.gone).sort(compare);

    pair.size();
    pair.walk();
    while (pair.live.length > 0) pair.pop();
    expect(pair.queue.pop()).toBeUndefined();
    expect(pair.queue.size).toBe(0);
  });

  it("lets go of what was discarded before it reaches the front", () => {
    const queue = new SortedQueue<Member>(compare, (member) => !member.gone);
    const [first, ...others] = Array.from(
      { length: 10_000 },
      (_, order): Member => ({ at: order, order, gone: false }),
    );
    for (const member of [first as Member, ...others]) queue.push(member); // `as`: the first of 10,000

    for (const member of others) {
      member.gone = true;
      queue.discard();
    }

    expect(queue.size).toBeLessThanOrEqual(66);
    expect(queue.pop()).toBe(first);
    expect(queue.pop()).toBeUndefined();
  });

  it("counts the members inside, whether they came in order or not", () => {
    const queue = new SortedQueue<number>((a, b) => a - b);

    for (const at of [2, 3, 4, 1]) queue.push(at);

    const sizes = Array.from({ length: 5 }, () => [queue.size, queue.pop()]);
    expect(sizes).toEqual([
      [4, 1],
      [3, 2],
      [2, 3],
      [1, 4],
      [0, undefined],
    ]);
  });

  it("is as good as new when it is cleared after its last member was taken", () => {
    const queue = new SortedQueue<number>((a, b) => a - b);
    queue.push(1);
    queue.pop();

    queue.clear();
    queue.push(2);

    expect(queue.size).toBe(1);
    expect(queue.peek()).toBe(2);
  });

  it("looks at each member a few times only, however many are discarded", () => {
    let looks = 0;
    const queue = new SortedQueue<Member>(compare, (member) => {
      looks++;
      return !member.gone;
    });
    const members = Array.from({ length: 10_000 }, (_, order): Member => ({ at: order, order, gone: false }));
    for (const member of members) queue.push(member);
    for (const member of members.slice(0, 100)) expect(queue.pop()).toBe(member); // They are not looked at again.

    for (const member of members.slice(101)) {
      member.gone = true;
      queue.discard();
    }

    expect(queue.pop()).toBe(members[100]);
    expect(looks).toBeLessThan(30_000);
  });

  it("takes members in order without comparing each with all", () => {
    let compared = 0;
    const queue = new SortedQueue<number>((a, b) => {
      compared++;
      return a - b;
    });

    for (let at = 0; at < 10_000; at++) queue.push(at);
    for (let at = 0; at < 10_000; at++) expect(queue.pop()).toBe(at);

    expect(compared).toBeLessThan(30_000);
  });
});
