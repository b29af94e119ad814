// Schemas of any library that speaks Standard Schema (zod, valibot, arktype …): the interface, and how it is asked.

import { DataInvalidError, JobDefinitionError } from "./errors.ts";
import { memberPath } from "./member-path.ts";

/**
 * The part of Standard Schema v1 that is used here.
 * Source: the @standard-schema/spec package, whose README allows copying its types.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export type SchemaInput<S> = S extends StandardSchema<infer Input, unknown> ? Input : never;
export type SchemaOutput<S> = S extends StandardSchema<unknown, infer Output> ? Output : never;

/**
 * What the schema makes of the data: at once where the schema is synchronous, else a promise.
 * Throws (or rejects with): DataInvalidError with every issue and its path; JobDefinitionError where the schema is none.
 */
export function validate(jobClass: string, schema: StandardSchema, data: unknown): unknown {
  const result = standardOf(jobClass, schema).validate(data);
  if (isPromise(result)) return result.then((later) => outputOf(jobClass, later));
  return outputOf(jobClass, result);
}

/** Whether the value is something to wait for. */
export function isPromise<T>(value: T | PromiseLike<T>): value is Promise<T> {
  return value !== null && typeof value === "object" && typeof (value as { then?: unknown }).then === "function";
}

/** What the schema speaks. Throws: JobDefinitionError where it is no Standard Schema. */
export function standardOf(jobClass: string, schema: StandardSchema): StandardSchema["~standard"] {
  const standard: unknown = schema?.["~standard"];
  if (typeof (standard as { validate?: unknown } | undefined)?.validate === "function") return schema["~standard"];
  throw new JobDefinitionError(
    jobClass,
    'its schema does not speak Standard Schema (it has no "~standard".validate). Use zod 3.24, valibot 1 or arktype 2, or newer ones.',
  );
}

function outputOf(jobClass: string, result: SchemaResult<unknown>): unknown {
  if (result.issues === undefined) return result.value;
  throw new DataInvalidError(
    jobClass,
    result.issues.map((issue) => ({ path: pathOf(issue), message: issue.message })),
  );
}

function pathOf(issue: SchemaIssue): string {
  const keys = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
  return keys.reduce<string>(memberPath, "$");
}
