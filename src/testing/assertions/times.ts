// How many jobs there are to be.

import { InvalidOptionError } from "../../job/errors.ts";

/** So many, or at least and at most so many. */
export type Times = number | { readonly min?: number | undefined; readonly max?: number | undefined };

export interface Range {
  readonly min: number;
  /** May be infinite. */
  readonly max: number;
}

/** Exactly one, unless told. Throws: InvalidOptionError. */
export function rangeOf(times: Times | undefined): Range {
  if (times === undefined) return { min: 1, max: 1 };
  if (typeof times === "number") return { min: countOf(times), max: countOf(times) };
  if (times === null || typeof times !== "object" || Object.keys(times).some((key) => key !== "min" && key !== "max"))
    throw invalid(times);
  if (times.min === undefined && times.max === undefined) throw invalid(times);
  const min = times.min === undefined ? 0 : countOf(times.min);
  const max = times.max === undefined ? Number.POSITIVE_INFINITY : countOf(times.max);
  if (min > max) throw new InvalidOptionError("times", times, "a min that is not above max");
  return { min, max };
}

/** `none`, `exactly 1`, `2`, `at least 2`, `2 to 4`. */
export function rangeText({ min, max }: Range): string {
  if (max === 0) return "none";
  if (min === max) return min === 1 ? "exactly 1" : String(min);
  if (min === 0) return `at most ${max}`;
  return max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
}

export function isIn(count: number, { min, max }: Range): boolean {
  return count >= min && count <= max;
}

function countOf(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(value);
}

function invalid(value: unknown): InvalidOptionError {
  return new InvalidOptionError("times", value, "a whole number, or { min, max } with at least one of them");
}
