import { isDeepStrictEqual } from "node:util";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeData, encodeCarried, encodeData, MAX_DATA_BYTES, MAX_DATA_DEPTH } from "../../src/job/data.ts";
import { DataNotJsonError, DataTooLargeError } from "../../src/job/errors.ts";
import { always } from "../always.ts";

describe("encodeData", () => {
  it("R6 stores data that was left out as {}", () => {
    expect(encodeData("SendEmail", undefined)).toBe("{}");
  });

  it("R6 gives the JSON text of plain data", () => {
    const data = { to: "ada@example.org", tags: ["a", { deep: [true, null, 1.5] }], "": { "first name": "Ada" } };

    expect(encodeData("SendEmail", data)).toBe(JSON.stringify(data));
  });

  it("R6 drops an undefined property and stores −0 as 0", () => {
    expect(encodeData("SendEmail", { a: undefined, zero: -0, list: [-0] })).toBe('{"zero":0,"list":[0]}');
  });

  it("R6 keeps any text, lone surrogates and U+0000 included, as a key and as a value (BM-166)", () => {
    const text = fc.array(fc.nat({ max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units));

    always(
      fc.property(text, text, (key, value) => {
        const stored = encodeData("SendEmail", { [key]: value });

        expect(stored.isWellFormed()).toBe(true);
        expect(decodeData(stored).data).toEqual(JSON.parse(JSON.stringify({ [key]: value })));
        expect(decodeData(stored).data[key]).toBe(value);
      }),
    );
  });

  it("BM-172 keeps __proto__ and constructor as keys of their own", () => {
    const text = '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}';

    expect(encodeData("SendEmail", JSON.parse(text))).toBe(text);
  });

  it("R6 never stores anything but what it was given: it keeps it or refuses it (BM-163)", () => {
    const anything = fc.anything({
      maxDepth: 2,
      maxKeys: 3,
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });

    always(
      fc.property(fc.dictionary(fc.string(), anything), (data) => {
        let text: string;
        try {
          text = encodeData("SendEmail", data);
        } catch (error) {
          expect(error).toBeInstanceOf(DataNotJsonError);
          return;
        }
        expect(isDeepStrictEqual(JSON.parse(text), asStored(data))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("R6 takes whatever JSON.parse gives, and gives its text back", () => {
    always(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const parsed = JSON.parse(JSON.stringify(data));

        expect(encodeData("SendEmail", parsed)).toBe(JSON.stringify(parsed));
      }),
    );
  });

  it("R6 writes small data, which goes a way of its own, exactly as JSON does", () => {
    const text = fc.array(fc.nat({ max: 0x130 }), { maxLength: 4 }).map((units) => String.fromCharCode(...units));
    const key = fc.oneof(text, fc.constantFrom("__proto__", "toString", "0", "10"));
    const member = fc.oneof(
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const lengths = fc.constantFrom("x".repeat(63), "x".repeat(64), "x".repeat(65));

    always(
      fc.property(fc.array(fc.tuple(key, fc.oneof(member, lengths)), { maxLength: 12 }), (entries) => {
        const data = Object.fromEntries(entries);

        expect(encodeData("SendEmail", data)).toBe(JSON.stringify(data));
      }),
      { numRuns: 500 },
    );
  });

  it.each(["\\", '"', "\n", "\u001f", " ", "~", "\u007f", "é", "\ud800", ""])(
    "R6 writes small data with the letter %j exactly as JSON does",
    (letter) => {
      expect(encodeData("SendEmail", { text: letter })).toBe(JSON.stringify({ text: letter }));
      expect(encodeData("SendEmail", { [letter]: 1 })).toBe(JSON.stringify({ [letter]: 1 }));
    },
  );

  it("R6 takes objects without a prototype and those of another realm, as jest's tests are", () => {
    const bare = Object.assign(Object.create(null), { a: [1] });
    const foreign = runInNewContext("({ a: [1, { b: [] }], groups: /(?<year>\\d+)/.exec('2030').groups })");

    expect(encodeData("SendEmail", bare)).toBe('{"a":[1]}');
    expect(encodeData("SendEmail", foreign)).toBe('{"a":[1,{"b":[]}],"groups":{"year":"2030"}}');
  });

  it("R6 refuses a foreign realm's classes as it does its own", () => {
    const refused = (code: string) => () => encodeData("SendEmail", { value: runInNewContext(code) });

    expect(refused("new Date(0)")).toThrow("$.value is a Date");
    expect(refused("new (class Money {})()")).toThrow("$.value is an instance of Money");
    expect(refused("new (class List extends Array {})()")).toThrow("$.value is an instance of List");
  });

  it("reads getters, once they are plain", () => {
    const data = {
      get now() {
        return 7;
      },
    };

    expect(encodeData("SendEmail", data)).toBe('{"now":7}');
  });

  it("leaves out what is not enumerable", () => {
    const data = Object.defineProperties({ a: 1 }, { hidden: { value: 2 }, [Symbol("own")]: { value: 3 } });

    expect(encodeData("SendEmail", data)).toBe('{"a":1}');
  });

  it("cuts the job off from the caller's object", () => {
    const data = { tags: ["a"] };

    const text = encodeData("SendEmail", data);
    data.tags.push("b");

    expect(text).toBe('{"tags":["a"]}');
  });
});

/** What has to arrive: undefined properties dropped, −0 as 0, nothing else changed. */
function asStored(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(asStored);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, asStored(member)]));
}

class Money {
  readonly #pence: number;
  readonly currency = "GBP";
  constructor(pence: number) {
    this.#pence = pence;
  }
  get pence(): number {
    return this.#pence;
  }
}

const match = /b/.exec("abc");
const cyclic: { self?: unknown } = {};
cyclic.self = { back: [cyclic] };

const REFUSED: readonly (readonly [name: string, data: unknown, message: string])[] = [
  ["a Date (BM-161)", { at: new Date(0) }, "$.at is a Date, which JSON cannot keep. Pass date.toISOString()"],
  ["an invalid Date", { at: new Date(Number.NaN) }, "$.at is a Date"],
  ["a BigInt (BM-160)", { n: 1n }, "$.n is a BigInt (1n), which JSON cannot keep. Pass value.toString()."],
  ["NaN", { n: Number.NaN }, "$.n is NaN, which JSON cannot keep. Use null, or a finite number."],
  ["Infinity", { n: Number.NEGATIVE_INFINITY }, "$.n is -Infinity"],
  ["a function (BM-234)", { run: () => {} }, "$.run is a function (run)"],
  ["a symbol", { s: Symbol("s") }, "$.s is a symbol"],
  ["undefined in an array", { list: [1, undefined] }, "$.list[1] is undefined, which JSON cannot keep. Use null."],
  ["a hole in an array", { list: new Array(2) }, "$.list[0] is undefined"],
  ["a Map", { m: new Map() }, "$.m is a Map, which JSON cannot keep. Pass Object.fromEntries(map)"],
  ["a Set", { s: new Set() }, "$.s is a Set, which JSON cannot keep. Pass [...set]."],
  ["a RegExp", { r: /a/ }, "$.r is a RegExp"],
  ["an Error", { e: new Error("no") }, "$.e is an Error, which JSON cannot keep. Pass error.message."],
  ["a Promise", { p: Promise.resolve() }, "$.p is a Promise, which JSON cannot keep. Await it first."],
  ["a Buffer", { b: Buffer.from("a") }, "$.b is a Buffer"],
  ["a typed array", { b: new Uint8Array(1) }, "$.b is a typed array"],
  ["an ArrayBuffer", { b: new ArrayBuffer(1) }, "$.b is an ArrayBuffer"],
  ["a boxed primitive", { b: Object("text") }, "$.b is a boxed primitive"],
  ["a WeakMap", { w: new WeakMap() }, "$.w is an instance of WeakMap"],
  [
    "an instance of a class (BM-234)",
    { price: new Money(1) },
    "$.price is an instance of Money, which JSON cannot keep. Pass a plain object with the fields that the job needs",
  ],
  ["data that is an instance of a class", new Money(1), "data at $ is an instance of Money"],
  ["an object below a bare one", Object.create(Object.create(null)), "$ is an object that is not plain"],
  [
    "an instance of a class without a base",
    Object.create(Object.create(null, { constructor: { value: class Bare {} } })),
    "$ is an instance of Bare",
  ],
  ["an object with a prototype of its own", Object.create({ a: 1 }), "$ is an object that is not plain"],
  [
    "something with a toJSON",
    { url: new URL("a:b") },
    "$.url is an instance of URL (it has a toJSON), which JSON cannot keep. Pass what its toJSON gives",
  ],
  ["a toJSON of its own", { o: { toJSON: () => 1 } }, "$.o is an object that is not plain (it has a toJSON)"],
  [
    "a toJSON that is hidden",
    { o: Object.defineProperty({}, "toJSON", { value: () => 1 }) },
    "$.o is an object that is not plain (it has",
  ],
  [
    "an array with a toJSON",
    { a: Object.defineProperty([], "toJSON", { value: () => 1 }) },
    "$.a is an instance of Array",
  ],
  ["an array of a subclass", { a: new (class List extends Array {})() }, "$.a is an instance of List"],
  ["an array with an object's prototype", { a: Object.setPrototypeOf([1], {}) }, "$.a is an object that is not plain"],
  [
    "an array below one without a prototype",
    { a: Object.setPrototypeOf([1], Object.setPrototypeOf([], null)) },
    "$.a is an object that is not plain",
  ],
  ["an array with properties", { match }, '$.match is an array with a property "index"'],
  ["a symbol as key", { o: { [Symbol("s")]: 1 } }, "$.o is an object with a symbol as key"],
  [
    "a symbol as key beside one that is hidden",
    { o: Object.defineProperty({ [Symbol("s")]: 1 }, Symbol("own"), { value: 2 }) },
    "$.o is an object with a symbol as key",
  ],
  [
    "what comes after all that JSON keeps",
    { dropped: undefined, nothing: null, no: false, text: "", n: 1, list: [null, true], big: 1n },
    "$.big is a BigInt",
  ],
  ["a cycle", cyclic, "$.self.back[0] is a cycle"],
  [
    "a getter that throws",
    {
      get a() {
        throw new RangeError("no");
      },
    },
    "$.a is a getter that throws (no)",
  ],
  ["null for data", null, "data at $ is null, not an object"],
  [
    "an array for data",
    [1],
    "data at $ is an array, not an object, which JSON cannot keep. Wrap the value, as in { value }.",
  ],
  ["a text for data", "hello", "data at $ is a string, not an object"],
  ["a function for data", () => {}, "data at $ is a function, not an object"],
];

describe("encodeData", () => {
  it.each(REFUSED)("R6 refuses %s, with the path and a hint", (_, data, message) => {
    const refused = () => encodeData("SendEmail", data);

    expect(refused).toThrow(DataNotJsonError);
    expect(refused).toThrow(`Cannot enqueue SendEmail: data at ${message.replace("data at ", "")}`);
  });

  it("writes the path so that it can be found", () => {
    const data = { user: { "first name": [{ née: { $: { 'a"b': 1n } } }] } };

    expect(() => encodeData("SendEmail", data)).toThrow(
      expect.objectContaining({ path: '$.user["first name"][0].née.$["a\\"b"]', code: "DATA_NOT_JSON" }),
    );
  });

  it.each([
    [
      "its keys",
      {
        ownKeys: () => {
          throw new Error("no");
        },
      },
    ],
    [
      "its prototype",
      {
        getPrototypeOf: () => {
          throw new Error("no");
        },
      },
    ],
  ])("refuses a proxy that throws when asked for %s", (_, handler: ProxyHandler<object>) => {
    const message = "data at $ is a value that cannot be read, which JSON cannot keep. Pass plain data.";

    expect(() => encodeData("SendEmail", new Proxy({}, handler))).toThrow(message);
    expect(() => encodeData("SendEmail", { a: new Proxy({}, handler) })).toThrow(message);
  });

  it("refuses a value that is another when it is read again", () => {
    let reads = 0;
    const data = {
      get n() {
        return reads++ === 0 ? 1 : 1n;
      },
    };

    expect(() => encodeData("SendEmail", { nested: data })).toThrow(DataNotJsonError);
  });

  it("refuses a value that was no JSON and is when it is looked for", () => {
    let reads = 0;
    const data = {
      get n() {
        return reads++ === 0 ? 1n : 1;
      },
    };

    expect(() => encodeData("SendEmail", { nested: data })).toThrow(
      "data at $ is a value that changes while it is read, or is too long to be a text, which JSON cannot keep.",
    );
  });
});

describe("encodeData", () => {
  const sizeOf = (text: string) => Buffer.byteLength(JSON.stringify({ text }));

  it.each([
    ["one byte", "a"],
    ["two bytes", "é"],
    ["three bytes", "€"],
    ["four bytes", "🎉"],
  ])("R6 takes exactly as many bytes as allowed, of %s a letter", (_, letter) => {
    const text = letter.repeat(100);
    const size = sizeOf(text);

    expect(encodeData("SendEmail", { text }, size)).toBe(JSON.stringify({ text }));
    expect(() => encodeData("SendEmail", { text }, size - 1)).toThrow(
      expect.objectContaining({ code: "DATA_TOO_LARGE", bytes: size, limit: size - 1 }),
    );
  });

  it("R6 allows 1 MiB unless told, and says how much it was", () => {
    const frame = sizeOf("");

    expect(encodeData("SendEmail", { text: "a".repeat(MAX_DATA_BYTES - frame) })).toHaveLength(1024 * 1024);
    expect(() => encodeData("SendEmail", { text: "a".repeat(MAX_DATA_BYTES - frame + 1) })).toThrow(
      "Cannot enqueue SendEmail: its data is 1048577 bytes of JSON, 1048576 are allowed.",
    );
  });

  it("R6 takes 500 levels and refuses 501", () => {
    const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);

    expect(() => encodeData("SendEmail", nested(MAX_DATA_DEPTH))).not.toThrow();
    expect(() => encodeData("SendEmail", nested(MAX_DATA_DEPTH + 1))).toThrow(/is more than 500 levels deep/);
    expect(() => encodeData("SendEmail", nested(50_000))).toThrow(DataNotJsonError);
  });

  it("R6 counts the levels of arrays as it does those of objects", () => {
    const nested = (levels: number) => JSON.parse(`{"a":${"[".repeat(levels - 1)}1${"]".repeat(levels - 1)}}`);

    expect(() => encodeData("SendEmail", nested(MAX_DATA_DEPTH))).not.toThrow();
    expect(() => encodeData("SendEmail", nested(MAX_DATA_DEPTH + 1))).toThrow(/is more than 500 levels deep/);
  });

  it("R6 looks for what JSON cannot keep down to the last level", () => {
    let data: object = { price: 1n };
    for (let level = 1; level < MAX_DATA_DEPTH; level++) data = { a: data };

    expect(() => encodeData("SendEmail", data)).toThrow(/\.price is a BigInt/);
  });

  // Data is measured up to four times the limit, here up to 40 bytes.
  it.each<[string, object, number]>([
    ["a text", { text: "x".repeat(40) }, 51],
    ["a key", { ["k".repeat(40)]: 1 }, 46],
    ["objects in each other", { a: { b: { text: "x".repeat(40) } } }, 63],
    ["numbers", { list: Array(20).fill(1) }, 42],
    ["booleans", { list: Array(20).fill(true) }, 45],
    ["nulls", { list: Array(20).fill(null) }, 45],
    ["arrays in each other", { list: [["x".repeat(40)]] }, 55],
    ["empty arrays", { list: Array(20).fill([]) }, 43],
  ])("stops measuring at four times the limit, and says how much it was till then: %s", (_, data, bytes) => {
    expect(() => encodeData("SendEmail", data, 10)).toThrow(
      `its data is at least ${bytes} bytes of JSON, 10 are allowed`,
    );
  });

  it("measures to the end what is four times the limit", () => {
    expect(() => encodeData("SendEmail", { text: "x".repeat(29) }, 10)).toThrow("its data is 40 bytes of JSON");
  });

  it.each<[string, object]>([
    ["an object", { text: "x".repeat(29), at: new Date(0) }],
    ["an array", { list: ["x".repeat(27), new Date(0)] }],
  ])("names what JSON cannot keep behind the last byte that is measured, in %s", (_, data) => {
    expect(() => encodeData("SendEmail", data, 10)).toThrow("is a Date");
  });

  it("refuses at once what is small in memory and endless as text", () => {
    let shared: object = { a: 1 };
    for (let level = 0; level < 60; level++) shared = { left: shared, right: shared };
    const refused = () => encodeData("SendEmail", shared, 10_000);

    expect(refused).toThrow(DataTooLargeError);
    expect(refused).toThrow(/its data is at least 4\d{4} bytes of JSON, 10000 are allowed/);
  });

  it("refuses at once arrays that hold each other many times over", () => {
    let shared: unknown[] = [1];
    for (let level = 0; level < 60; level++) shared = [shared, shared];

    expect(() => encodeData("SendEmail", { shared }, 10_000)).toThrow(DataTooLargeError);
  });

  it("names what JSON cannot keep even in data that is too large to be measured", () => {
    let shared: object = { price: 1n };
    for (let level = 0; level < 60; level++) shared = { pad: "x".repeat(10_000), left: shared, right: shared };

    expect(() => encodeData("SendEmail", shared, 10_000)).toThrow(/left\.price is a BigInt/);
  });
});

describe("encodeCarried", () => {
  it("gives null for nothing and the text of anything else", () => {
    expect(encodeCarried("SendEmail", undefined)).toBeNull();
    expect(encodeCarried("SendEmail", null)).toBeNull();
    expect(encodeCarried("SendEmail", "tenant 7")).toBe('"tenant 7"');
    expect(encodeCarried("SendEmail", [{ trace: "ab" }])).toBe('[{"trace":"ab"}]');
  });

  it("refuses what JSON cannot keep, and says whose it is", () => {
    expect(() => encodeCarried("SendEmail", { since: new Date(0) })).toThrow(
      "Cannot enqueue SendEmail: what carry.capture() gave at $.since is a Date",
    );
    expect(() => encodeCarried("SendEmail", () => {})).toThrow("what carry.capture() gave at $ is a function");
    expect(() => encodeCarried("SendEmail", "a".repeat(MAX_DATA_BYTES))).toThrow(
      "its what carry.capture() gave is 1048578 bytes of JSON, 1048576 are allowed",
    );
  });

  it("refuses an array and a function that have no prototype, as a plain object may", () => {
    expect(() => encodeCarried("SendEmail", Object.setPrototypeOf([1], null))).toThrow(DataNotJsonError);
    expect(() =>
      encodeCarried(
        "SendEmail",
        Object.setPrototypeOf(() => {}, null),
      ),
    ).toThrow(DataNotJsonError);
  });
});

describe("decodeData", () => {
  it("reads an object", () => {
    expect(decodeData('{"a":[1]}')).toEqual({ data: { a: [1] } });
  });

  it("BM-172 pollutes no prototype", () => {
    const { data } = decodeData('{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}');

    expect(Object.keys(data)).toEqual(["__proto__", "constructor"]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
    expect(({} as { y?: unknown }).y).toBeUndefined();
  });

  it.each(["", "{", "null", "[]", "7", '"text"', "{'a':1}", "\u0000"])(
    "R19 tells broken text %j instead of throwing",
    (text) => {
      expect(decodeData(text)).toEqual({ data: {}, broken: text });
    },
  );
});
