// What a job's data goes through on its way from enqueue to perform, as in production, on the memory store.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataNotJsonError, DataTooLargeError, defineJob, type JsonObject, MemoryJobStore } from "wheelwright";
import { anApp } from "./an-app.ts";

/** An app whose one job keeps what it received. */
function aReceiver(options: { maxDataBytes?: number } = {}) {
  const received: unknown[] = [];
  const receive = defineJob("Receive", {}, (data: JsonObject) => void received.push(data));
  return { ...anApp({ jobs: [receive], ...options }), receive, received };
}

describe("data", () => {
  it("R6 is an empty object when left out", async () => {
    const { jobs, receive, received } = aReceiver();

    await jobs.enqueue(receive);
    await jobs.processQueue();

    expect(received).toEqual([{}]);
  });

  it("R6 always reaches perform as JSON gives it back, from any object that JSON can keep", async () => {
    const texts = fc.string({ unit: "binary", maxLength: 12 });
    const objects = fc.dictionary(texts, fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }), { maxKeys: 6 });

    await fc.assert(
      fc.asyncProperty(objects, async (data) => {
        const { jobs, receive, received } = aReceiver();

        const enqueued = await jobs.enqueue(receive, data as JsonObject); // `as`: fast-check's JSON is ours
        await jobs.processQueue();

        const expected: unknown = JSON.parse(JSON.stringify(data));
        expect(received).toStrictEqual([expected]);
        expect(enqueued.data).toStrictEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it("R6 is cut off from the caller's object at enqueue (BM-234)", async () => {
    const { jobs, receive, received } = aReceiver();
    const order = { lines: [{ sku: "a" }] };

    const enqueued = await jobs.enqueue(receive, order);
    order.lines.push({ sku: "b" });
    (enqueued.data as { lines: unknown[] }).lines.push("c"); // `as`: what a careless caller does
    await jobs.processQueue();

    expect(received).toEqual([{ lines: [{ sku: "a" }] }]);
  });

  it("R6 is made anew for every attempt, so that one attempt cannot spoil the next", async () => {
    const seen: unknown[] = [];
    const spoil = defineJob("Spoil", { maxRetries: 2 }, (data: { list: number[] }) => {
      seen.push([...data.list]);
      data.list.push(0);
      throw new Error("again");
    });
    const { jobs, advance } = anApp({ jobs: [spoil] });

    await jobs.enqueue(spoil, { list: [1] });
    await jobs.processQueue();
    await advance("1h");
    await jobs.processQueue();

    expect(seen).toEqual([[1], [1]]);
  });

  const circle: Record<string, unknown> = {};
  circle.self = circle;
  it.each<[string, unknown, string]>([
    ["a Date (BM-161)", { at: new Date(0) }, "$.at"],
    ["a Map (BM-163)", { all: new Map() }, "$.all"],
    ["a Set (BM-163)", { all: new Set() }, "$.all"],
    ["a BigInt (BM-160)", { n: 1n }, "$.n"],
    ["NaN (BM-163)", { list: [1, Number.NaN] }, "$.list[1]"],
    ["a function (BM-234)", { next: { call: () => 1 } }, "$.next.call"],
    ["a symbol", { s: Symbol("s") }, "$.s"],
    ["a class instance (BM-234)", { user: new (class User {})() }, "$.user"],
    ["undefined inside an array", { list: [undefined] }, "$.list[0]"],
    ["a cycle", circle, "$.self"],
    ["an array in the object's place", [1], "$"],
  ])("R6 refuses %s with its path, and stores nothing", async (_what, data, path) => {
    const { jobs, receive } = aReceiver();

    const refused = jobs.enqueue(receive, data as JsonObject); // `as`: what the compiler would refuse

    await expect(refused).rejects.toBeInstanceOf(DataNotJsonError);
    await expect(refused).rejects.toMatchObject({ code: "DATA_NOT_JSON", path });
    expect(await jobs.list()).toEqual([]);
  });

  it("R6 drops an undefined property and makes 0 of −0", async () => {
    const { jobs, receive, received } = aReceiver();

    await jobs.enqueue(receive, { gone: undefined, zero: -0 } as object as JsonObject); // `as`: undefined is dropped
    await jobs.processQueue();

    expect(received).toStrictEqual([{ zero: 0 }]);
  });

  it("BM-172 keeps __proto__ and constructor as keys of their own, and pollutes nothing", async () => {
    const { jobs, receive, received } = aReceiver();
    const text = '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}';

    await jobs.enqueue(receive, JSON.parse(text) as JsonObject); // `as`: it is JSON
    await jobs.processQueue();

    expect(JSON.stringify(received[0])).toBe(text);
    expect(Object.keys(received[0] as object)).toEqual(["__proto__", "constructor"]);
    expect(({} as { x?: unknown }).x).toBeUndefined(); // `as`: asks for what pollution would have put there
  });

  it("BM-166 keeps a lone surrogate and U+0000", async () => {
    const { jobs, receive, received } = aReceiver();
    const data = { half: "a\ud800z", nul: "a\u0000z" };

    await jobs.enqueue(receive, data);
    await jobs.processQueue();

    expect(received).toStrictEqual([data]);
  });

  it("R6 allows 1 MiB of UTF-8 JSON unless told, and not a byte more", async () => {
    const { jobs, receive } = aReceiver();
    const room = 1024 * 1024 - '{"text":""}'.length;

    await jobs.enqueue(receive, { text: "x".repeat(room) });
    const refused = jobs.enqueue(receive, { text: `${"x".repeat(room - 1)}é` });

    await expect(refused).rejects.toBeInstanceOf(DataTooLargeError);
    expect(await jobs.queueStats()).toMatchObject({ total: 1 });
  });

  it("R6 takes another limit from createJobs({ maxDataBytes })", async () => {
    const { jobs, receive } = aReceiver({ maxDataBytes: 12 });

    await jobs.enqueue(receive, { text: "1" });

    await expect(jobs.enqueue(receive, { text: "12" })).rejects.toMatchObject({ bytes: 13, limit: 12 });
  });

  it("BM-171 changes no built-in while jobs run and fail", async () => {
    const before = globals();
    const failing = defineJob("Failing", { maxRetries: 1 }, () => {
      throw new AggregateError([new Error("a")], "many");
    });
    const { jobs } = anApp({ jobs: [failing], store: new MemoryJobStore() });

    await jobs.enqueue(failing);
    await jobs.processQueue();

    expect(globals()).toEqual(before);
    expect(Object.hasOwn(Error.prototype, "toJSON")).toBe(false);
  });
});

/** The names on the built-in prototypes that a careless library would add to. */
function globals(): readonly string[] {
  return [Object, Array, String, Number, Date, Error, Promise, Function, Map, Set, JSON].flatMap((builtin) => {
    const host: object = "prototype" in builtin ? builtin.prototype : builtin;
    return [...Reflect.ownKeys(host).map(String), ...Reflect.ownKeys(builtin).map(String)];
  });
}
