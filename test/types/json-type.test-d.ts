// Which types JSON keeps, and what the compiler says of the others. Checked by `npm run types`; nothing in here is run.

import { describe, expectTypeOf, it } from "vitest";
import type { JsonObject, JsonValue } from "../../src/job/data.ts";
import type { EnqueueArgs, JsonOf, NoData, NotJson } from "../../src/job/json-type.ts";

interface Tree {
  name: string;
  children: readonly Tree[];
  parent?: Tree | null;
}

declare enum Colour {
  Red = "red",
}

type UserId = string & { readonly brand: "UserId" };

interface Kept {
  text: string;
  count: number;
  flag: boolean;
  nothing: null;
  maybe?: string;
  perhaps: string | undefined;
  either: "a" | 7 | null;
  colour: Colour;
  id: UserId;
  matrix: number[][];
  frozen: readonly { readonly a: 1 }[];
  pair: [string, number];
  byName: Record<string, { n: number }>;
  tree: Tree;
  json: JsonValue;
  anything: unknown;
  shape: { type: "circle"; r: number } | { type: "square"; a: number };
}

describe("JsonOf", () => {
  it("R6 keeps what JSON keeps", () => {
    expectTypeOf<Kept>().toExtend<JsonOf<Kept>>();
    expectTypeOf<JsonOf<Kept>>().toExtend<Kept>();
    expectTypeOf<JsonOf<NoData>>().toEqualTypeOf<NoData>();
    expectTypeOf<JsonObject>().toExtend<JsonOf<JsonObject>>();
    expectTypeOf<Record<string, unknown>>().toExtend<JsonOf<Record<string, unknown>>>();
    // biome-ignore lint/suspicious/noExplicitAny: any is what is asked about
    expectTypeOf<JsonOf<any>>().toBeAny();
    expectTypeOf<JsonOf<unknown>>().toBeUnknown();
  });

  it("keeps data that merely looks like an Error", () => {
    interface Notice {
      name: string;
      message: string;
    }
    expectTypeOf<JsonOf<Notice>>().toEqualTypeOf<Notice>();
  });

  it("R6 puts the reason at the property that JSON cannot keep", () => {
    expectTypeOf<JsonOf<{ at: Date; n: number }>>().toEqualTypeOf<{
      at: NotJson<"a Date: pass date.toISOString()">;
      n: number;
    }>();
    expectTypeOf<JsonOf<{ n: bigint }>["n"]>().toEqualTypeOf<NotJson<"a bigint: pass value.toString()">>();
    expectTypeOf<JsonOf<{ s: symbol }>["s"]>().toEqualTypeOf<NotJson<"a symbol: pass a string">>();
    expectTypeOf<JsonOf<{ f(): void }>["f"]>().toEqualTypeOf<NotJson<"a function: pass data">>();
    expectTypeOf<JsonOf<{ f: () => void }>["f"]>().toEqualTypeOf<NotJson<"a function: pass data">>();
    expectTypeOf<JsonOf<{ m: Map<string, number> }>["m"]>().toEqualTypeOf<
      NotJson<"a Map: pass Object.fromEntries(map)">
    >();
    expectTypeOf<JsonOf<{ s: ReadonlySet<string> }>["s"]>().toEqualTypeOf<NotJson<"a Set: pass [...set]">>();
    expectTypeOf<JsonOf<{ e: TypeError }>["e"]>().toEqualTypeOf<NotJson<"an Error: pass error.message">>();

    type Changed = NotJson<"an object that JSON changes: pass plain data">;
    expectTypeOf<JsonOf<{ x: RegExp }>["x"]>().toEqualTypeOf<Changed>();
    expectTypeOf<JsonOf<{ x: Promise<string> }>["x"]>().toEqualTypeOf<Changed>();
    expectTypeOf<JsonOf<{ x: Buffer }>["x"]>().toEqualTypeOf<Changed>();
    expectTypeOf<JsonOf<{ x: Float64Array }>["x"]>().toEqualTypeOf<Changed>();
    expectTypeOf<JsonOf<{ x: ArrayBuffer }>["x"]>().toEqualTypeOf<Changed>();
  });

  it("looks into unions, options, arrays, tuples and records", () => {
    type ADate = NotJson<"a Date: pass date.toISOString()">;
    expectTypeOf<JsonOf<{ at: Date | string }>>().toEqualTypeOf<{ at: ADate | string }>();
    expectTypeOf<JsonOf<{ at?: Date }>>().toEqualTypeOf<{ at?: ADate }>();
    expectTypeOf<JsonOf<{ all: Date[][] }>>().toEqualTypeOf<{ all: ADate[][] }>();
    expectTypeOf<JsonOf<{ all: readonly Date[] }>>().toEqualTypeOf<{ all: readonly ADate[] }>();
    expectTypeOf<JsonOf<{ pair: [string, Date] }>>().toEqualTypeOf<{ pair: [string, ADate] }>();
    expectTypeOf<JsonOf<Record<string, Date>>>().toEqualTypeOf<Record<string, ADate>>();
    expectTypeOf<JsonOf<{ type: "a"; at: Date } | { type: "b" }>>().toEqualTypeOf<
      { type: "a"; at: ADate } | { type: "b" }
    >();
  });

  it("R6 refuses undefined inside an array, and symbols as keys", () => {
    expectTypeOf<JsonOf<(string | undefined)[]>>().toEqualTypeOf<
      (string | NotJson<"undefined in an array: use null">)[]
    >();
    expectTypeOf<JsonOf<unknown[]>>().toEqualTypeOf<unknown[]>();
    expectTypeOf<[string]>().toExtend<JsonOf<[string, number?]>>();
    expectTypeOf<[string, number]>().toExtend<JsonOf<[string, number?]>>();
    expectTypeOf<JsonOf<{ [Symbol.iterator]: string }>>().toEqualTypeOf<{
      [Symbol.iterator]: NotJson<"a symbol as key: use a string">;
    }>();
  });
});

describe("EnqueueArgs", () => {
  it("leaves data optional exactly where {} would do", () => {
    expectTypeOf<[]>().toExtend<EnqueueArgs<NoData, object>>();
    expectTypeOf<[]>().toExtend<EnqueueArgs<{ a?: string }, object>>();
    expectTypeOf<[]>().toExtend<EnqueueArgs<Record<string, unknown>, object>>();
    expectTypeOf<[]>().not.toExtend<EnqueueArgs<{ a: string }, object>>();
    expectTypeOf<[]>().not.toExtend<EnqueueArgs<{ a: string | undefined }, object>>();
    expectTypeOf<[undefined, object]>().toExtend<EnqueueArgs<NoData, object>>();
  });
});
