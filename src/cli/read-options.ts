// Reads what options are given: each a parser that says what it expects.

import { InvalidArgumentError } from "commander";
import { secondsOrDurationMs } from "../job/duration.ts";
import { instantOf, priorityOf, queuesOf } from "../job/options.ts";

type Reader<T> = (text: string) => T;

/** One of a few words. */
export function oneOf(words: readonly string[]): Reader<string> {
  return (text) => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`Expected ${words.slice(0, -1).join(", ")} or ${words.at(-1)}.`);
  };
}

/** A whole number of at least `min`. */
export function wholeNumber(min: number): Reader<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`Expected a whole number of at least ${min}.`);
  };
}

/** A number above zero, or from zero on. */
export function amount(from: "0" | "above 0"): Reader<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isFinite(value) && (from === "0" || value > 0)) return value;
    throw new InvalidArgumentError(from === "0" ? "Expected a number from 0 on." : "Expected a number above 0.");
  };
}

/** Seconds as a bare number, or a duration with its units: in milliseconds. */
export function timeSpan(text: string): number {
  try {
    return secondsOrDurationMs(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text, "");
  } catch {
    throw new InvalidArgumentError('Expected seconds, or a duration such as "500ms", "30s", "5m" or "1h 30m".');
  }
}

/** Queue names with commas between them (R13). */
export function queueNames(text: string): readonly string[] {
  try {
    return queuesOf(text, "") ?? [];
  } catch {
    throw new InvalidArgumentError("Expected names with commas between them, such as mail,reports.");
  }
}

/** One queue's name. */
export function queueName(text: string): string {
  const [name, ...more] = queueNames(text);
  if (name !== undefined && more.length === 0) return name;
  throw new InvalidArgumentError("Expected the name of one queue.");
}

/** A 32-bit integer, or low, normal, high (R2). */
export function priority(text: string): number {
  try {
    return priorityOf(/^-?\d+$/.test(text) ? Number(text) : text, "");
  } catch {
    throw new InvalidArgumentError("Expected a whole number (higher first), or low, normal or high.");
  }
}

/** An instant with its time zone, or a date alone, which is UTC's. */
export function instant(text: string): Date {
  try {
    if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/.test(text)) {
      return instantOf(new Date(text), "");
    }
  } catch {
    // Told below.
  }
  throw new InvalidArgumentError("Expected an instant such as 2030-01-31T09:00:00Z, or a date.");
}

/** JSON text of an object. */
export function jsonObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new InvalidArgumentError(`Expected a JSON object, such as '{"orderId":7}'.`);
}
