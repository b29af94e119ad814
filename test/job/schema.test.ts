import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DataInvalidError, JobDefinitionError } from "../../src/job/errors.ts";
import { isPromise, type StandardSchema, validate } from "../../src/job/schema.ts";

const SCHEMAS: readonly (readonly [library: string, schema: StandardSchema, asynchronous: StandardSchema])[] = [
  [
    "zod",
    z.object({
      at: z.string().transform((text) => new Date(text)),
      lines: z.array(z.object({ "sku no": z.number() })).default([]),
    }),
    z.object({ at: z.string().refine(async (text) => text !== "never") }),
  ],
  [
    "valibot",
    v.object({
      at: v.pipe(
        v.string(),
        v.transform((text) => new Date(text)),
      ),
      lines: v.optional(v.array(v.object({ "sku no": v.number() })), []),
    }),
    v.objectAsync({
      at: v.pipeAsync(
        v.string(),
        v.checkAsync(async (text) => text !== "never"),
      ),
    }),
  ],
];

describe.each(SCHEMAS)("validate, with %s", (_, schema, asynchronous) => {
  it("R19 gives the output at once where the schema is synchronous", () => {
    expect(validate("Import", schema, { at: "2030-01-01" })).toEqual({ at: new Date("2030-01-01"), lines: [] });
  });

  it("R19 refuses what does not fit, with every issue and its path", () => {
    const refused = () => validate("Import", schema, { at: 5, lines: [{ "sku no": 1 }, { "sku no": "two" }] });

    expect(refused).toThrow(DataInvalidError);
    expect(refused).toThrow(/^The data of Import does not fit its schema: \$\.at: .+; \$\.lines\[1]\["sku no"]: .+/);
    expect(refused).toThrow(
      expect.objectContaining({
        issues: [
          { path: "$.at", message: expect.any(String) },
          { path: '$.lines[1]["sku no"]', message: expect.any(String) },
        ],
      }),
    );
  });

  it("R19 gives a promise where the schema is asynchronous", async () => {
    const output = validate("Import", asynchronous, { at: "now" });

    expect(isPromise(output)).toBe(true);
    expect(await output).toEqual({ at: "now" });
    await expect(validate("Import", asynchronous, { at: "never" })).rejects.toThrow(DataInvalidError);
    await expect((async () => validate("Import", asynchronous, {}))()).rejects.toThrow(/\$\.at: /);
  });
});

describe("validate", () => {
  const failingWith = (path: unknown): StandardSchema =>
    ({
      "~standard": { version: 1, vendor: "own", validate: () => ({ issues: [{ message: "no", path }] }) },
    }) as StandardSchema;

  it.each<[unknown, string]>([
    [undefined, "$"],
    [[], "$"],
    [["user", 0, "first name"], '$.user[0]["first name"]'],
    [[{ key: "user" }, { key: Symbol("s") }], "$.user[Symbol(s)]"],
  ])("R19 writes the path %o as %s", (path, text) => {
    expect(() => validate("Import", failingWith(path), {})).toThrow(`does not fit its schema: ${text}: no`);
  });

  it("takes a schema that is a function, as arktype's are", () => {
    const schema = Object.assign(() => {}, {
      "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) },
    });

    expect(validate("Import", schema as StandardSchema, { a: 1 })).toEqual({ a: 1 });
  });

  it.each([{ parse() {} }, { "~standard": {} }, {}, null, "schema"])(
    "R3 refuses %o, which is no Standard Schema",
    (schema) => {
      const refused = () => validate("Import", schema as never, {});

      expect(refused).toThrow(JobDefinitionError);
      expect(refused).toThrow("Job class Import cannot be used: its schema does not speak Standard Schema");
    },
  );
});

describe("isPromise", () => {
  it("knows what can be waited for", () => {
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is asked about
    for (const value of [Promise.resolve(), { then() {} }] as unknown[]) expect(isPromise(value)).toBe(true);
    // biome-ignore lint/suspicious/noThenProperty: not quite a thenable
    for (const value of [null, undefined, {}, { then: 1 }, "then", 5]) expect(isPromise(value)).toBe(false);
  });
});
