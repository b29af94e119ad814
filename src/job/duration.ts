// Lengths of time as people write them: "5m", "1h 30m", { minutes: 5 }.

import { InvalidDurationError, InvalidOptionError } from "./errors.ts";

/** A length of time, never a moment. A bare number is refused, for nobody can see its unit. */
export type Duration = string | DurationParts;

export interface DurationParts {
  readonly days?: number | undefined;
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
  readonly milliseconds?: number | undefined;
}

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const PART_MS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000, milliseconds: 1 } as const;

/**
 * The milliseconds of a duration, whole, rounded to the nearest.
 *
 * `what` names the argument in the error.
 * Throws: InvalidDurationError for numbers, negative or unknown parts, empty objects and strings.
 */
export function durationMs(value: Duration, what: string): number {
  const ms = Math.round(typeof value === "string" ? fromText(value) : fromParts(value));
  if (!Number.isFinite(ms)) throw new InvalidDurationError(value, what);
  return ms;
}

/**
 * Seconds as the origin gives them, a bare number, or a duration: in milliseconds, whole.
 * Throws: InvalidOptionError for a number that is negative, NaN or infinite; InvalidDurationError for what is no duration.
 */
export function secondsOrDurationMs(value: number | Duration, what: string): number {
  if (typeof value !== "number") return durationMs(value, what);
  const ms = Math.round(value * 1000);
  if (value >= 0 && Number.isFinite(ms)) return ms + 0; // + 0: −0 is 0
  throw new InvalidOptionError(what, value, "seconds: a finite number, not negative");
}

/** Milliseconds as people read them: `"4m 59s"`, `"3s 999ms"`, `"0s"`. At most so many of the largest units that count. */
export function formatDuration(ms: number, units = 3): string {
  let rest = Math.round(ms);
  if (!Number.isFinite(rest)) return `${rest}ms`;
  if (rest < 0) return `-${formatDuration(-rest, units)}`;
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(UNIT_MS)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, units).join(" ") || "0s";
}

function fromText(text: string): number {
  if (!/^\s*(?:\d+(?:\.\d+)?\s*(?:ms|d|h|m|s)\s*)+$/.test(text)) return Number.NaN;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|d|h|m|s)/g))
    ms += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]; // `as`: the pattern allows only these units
  return ms;
}

function fromParts(parts: unknown): number {
  if (parts === null || typeof parts !== "object" || Array.isArray(parts)) return Number.NaN;
  const given = Object.entries(parts).filter(([, amount]) => amount !== undefined);
  if (given.length === 0) return Number.NaN;
  let ms = 0;
  for (const [name, amount] of given) {
    if (!Object.hasOwn(PART_MS, name) || typeof amount !== "number" || !(amount >= 0)) return Number.NaN;
    ms += amount * PART_MS[name as keyof typeof PART_MS]; // `as`: checked on the line above
  }
  return ms;
}
