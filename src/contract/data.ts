// Contract: a job's data comes back as JSON gives it back, whatever is in it (R6).

import assert from "node:assert/strict";
import type { Contract } from "./contract.ts";
import { assertFields, at, claimOne, enqueue, read, settle } from "./steps.ts";

const TEXTS: Readonly<Record<string, string>> = {
  "emoji and other astral characters": "👍🏽 𝕏 👨‍👩‍👧",
  "text from right to left": "שלום \u202eabc\u202c عالم",
  "accents, composed and not": "é e\u0301",
  "quotes, backslashes and line ends": "'\"`\\ \r\n\t\u2028\u2029",
  "control characters": "\u0001\u001b[31m\u007f",
  "a byte order mark": "\ufeffa",
  "the largest code point": "\u{10ffff}",
};

export function describeData({ describe, it }: Contract): void {
  describe("data", () => {
    for (const [what, text] of Object.entries(TEXTS)) {
      it(`BM-179 keeps ${what}, as value and as key`, async (store) => {
        const data = { value: text, [text]: [text] };

        const { id } = await enqueue(store, { data });

        assert.deepEqual((await read(store, id)).data, data);
      });
    }

    it("R6 keeps U+0000", async (store) => {
      const data = { "a\u0000b": "\u0000" };

      const { id } = await enqueue(store, { data });

      assert.deepEqual((await read(store, id)).data, data);
    });

    it("BM-166 keeps lone surrogates", async (store) => {
      const data = { high: "a\ud83d", low: "\udc4db", "\ud800": "\udfff\ud800" };

      const { id } = await enqueue(store, { data });

      assert.deepEqual((await read(store, id)).data, data);
    });

    it("BM-172 keeps the keys __proto__ and constructor, and takes them for keys only", async (store) => {
      const text = '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}},"toString":null}';

      const { id } = await enqueue(store, { data: text });

      const { data } = await read(store, id);
      assert.equal(JSON.stringify(data), text);
      assert.equal(Object.getPrototypeOf(data), Object.prototype);
      assert.equal(Reflect.get({}, "x"), undefined);
      assert.equal(JSON.stringify((await claimOne(store)).data), text);
    });

    it("keeps keys in their order, and odd ones", async (store) => {
      const data = { z: 1, "": 2, a: 3, " ": 4, "10": 5, "2": 6, "a.b": 7, $ref: 8 };

      const { id } = await enqueue(store, { data });

      assert.equal(JSON.stringify((await read(store, id)).data), JSON.stringify(data));
    });

    it("keeps numbers exactly", async (store) => {
      const data = { list: [0, 0.1, 1e21, 1e-7, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER, -1.5, 2 ** 60] };

      const { id } = await enqueue(store, { data });

      assert.deepEqual((await read(store, id)).data, data);
    });

    it("keeps empty and nested things", async (store) => {
      const data = { a: {}, b: [], c: "", d: null, e: false, f: [[], {}, [null]], g: { h: { i: {} } } };

      const { id } = await enqueue(store, { data });

      assert.deepEqual((await read(store, id)).data, data);
    });

    it("R6 keeps 1 MiB of text", async (store) => {
      const data = { text: `${"x".repeat(2 ** 20 - 20)}é😀` };

      const { id } = await enqueue(store, { data });

      assert.deepEqual((await read(store, id)).data, data);
      assert.deepEqual((await claimOne(store)).data, data);
    });

    it("BM-179 keeps ten thousand keys", async (store) => {
      const data = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key-${index}`, index]));

      const { id } = await enqueue(store, { data });

      assert.deepEqual((await read(store, id)).data, data);
    });

    it("R6 keeps 500 levels", async (store) => {
      const text = `${'{"a":'.repeat(499)}{}${"}".repeat(499)}`;

      const { id } = await enqueue(store, { data: text });

      assert.equal(JSON.stringify((await read(store, id)).data), text);
    });

    for (const carried of ["1", '"tenant"', "false", "[1,null]", '{"trace":"\\ud800\\u0000"}', '""']) {
      it(`R17 keeps what is carried: ${carried}`, async (store) => {
        const { id } = await enqueue(store, { carried });

        assert.equal(JSON.stringify((await read(store, id)).carried), carried);
        assert.equal(JSON.stringify((await claimOne(store)).carried), carried);
      });
    }

    for (const broken of ["{", "", "nonsense", "[1]", '"text"', "7", "null"]) {
      it(`BM-044 hands out a row whose data is ${JSON.stringify(broken)} with that text beside it`, async (store) => {
        const enqueued = await enqueue(store, { data: broken });
        await enqueue(store, { data: { fine: true } });
        const { id } = enqueued;

        assertFields(enqueued, { data: {}, brokenData: broken });
        assertFields(await read(store, id), { data: {}, brokenData: broken });
        const held = await claimOne(store, { id });
        assertFields(held, { data: {}, brokenData: broken, attempts: 1 });
        await settle(store, held, { type: "failed", error: "broken data" });
        assertFields(await claimOne(store, { now: at(1) }), { data: { fine: true } });
      });
    }
  });
}
