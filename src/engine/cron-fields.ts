// Reads a cron expression: five fields, as Vixie cron takes them. What is malformed or never fires is refused here, at once.

import { brandErrors, show, WheelwrightError } from "../job/errors.ts";

/** A schedule that cannot be kept: its expression is malformed or never fires, its time zone or its job is unknown. */
export class InvalidScheduleError extends WheelwrightError {
  override readonly code = "INVALID_SCHEDULE";
}

brandErrors(InvalidScheduleError);

/** What each field allows, in rising order. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Null: any, the field is a `*`. */
  readonly days: readonly number[] | null;
  readonly months: readonly number[];
  /** 0 is Sunday. Null: any. */
  readonly weekdays: readonly number[] | null;
  /** No wildcard and no step in minutes and hours: it fires at times of day, not at intervals (R36). */
  readonly isFixed: boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const DAY: Field = { name: "day of month", min: 1, max: 31 };
const MONTH: Field = { name: "month", min: 1, max: 12, names: MONTHS };
const WEEKDAY: Field = { name: "day of week", min: 0, max: 7, names: WEEKDAYS };
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MACROS: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};
const MAX_LENGTH = 500;
const HELP =
  "Write five fields (minute 0-59, hour 0-23, day of month 1-31, month 1-12 or JAN-DEC, day of week 0-7 or SUN-SAT) of *, numbers, ranges (1-5), steps (*/15, 8-18/2) and lists of them, or @hourly, @daily, @weekly, @monthly, @yearly.";

/** Throws: InvalidScheduleError for an expression that is malformed, or that never fires. */
export function cronFields(expression: unknown): CronFields {
  if (typeof expression !== "string" || expression.length > MAX_LENGTH)
    throw refusal(expression, "it is no short text");
  const written = MACROS[expression.trim().toLowerCase()] ?? expression;
  const [minute, hour, day, month, weekday, ...more] = written.trim().split(/\s+/);
  if (minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined)
    throw refusal(expression, "it has fewer than five fields");
  if (more.length > 0) throw refusal(expression, "it has more than five fields (there are no seconds)");
  const read = (field: Field, text: string): number[] => valuesOf(field, text, expression);
  const months = read(MONTH, month);
  const days = day === "*" ? null : read(DAY, day);
  const weekdays = weekday === "*" ? null : read(WEEKDAY, weekday);
  if (weekdays === null && days !== null && !months.some((one) => (days[0] ?? 0) <= (LONGEST_MONTHS[one - 1] ?? 0)))
    throw refusal(expression, "no such day is in any such month, so it never fires");
  return {
    minutes: read(MINUTE, minute),
    hours: read(HOUR, hour),
    days,
    months,
    weekdays: weekdays === null ? null : [...new Set(weekdays.map((one) => one % 7))].sort((a, b) => a - b),
    isFixed: !/[*/]/.test(minute + hour),
  };
}

function valuesOf(field: Field, text: string, expression: string): number[] {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [, first, last, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? [];
    const wrong = (why: string): InvalidScheduleError => refusal(expression, `its ${field.name} ${show(part)} ${why}`);
    if (first === undefined) throw wrong("cannot be read");
    if (first === "*" && last !== undefined) throw wrong("cannot be read");
    if (first !== "*" && last === undefined && step !== undefined) throw wrong("has a step without a range");
    const isSunday = (name: string | undefined): boolean => field === WEEKDAY && name?.toUpperCase() === "SUN";
    const from = first === "*" ? field.min : numberOf(field, first);
    // A week may end with its Sunday: FRI-SUN.
    const to = isSunday(last)
      ? 7
      : first === "*"
        ? highestOf(field)
        : last === undefined
          ? from
          : numberOf(field, last);
    if (from === null || to === null) throw wrong(`is not between ${field.min} and ${field.max}`);
    if (from > to) throw wrong("ends before it begins");
    const by = step === undefined ? 1 : Number(step);
    if (by < 1 || by > field.max) throw wrong(`steps by ${by}, not by 1 to ${field.max}`);
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** The last that `*` means: 7 is Sunday again. */
function highestOf(field: Field): number {
  return field === WEEKDAY ? 6 : field.max;
}

function numberOf(field: Field, text: string): number | null {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + field.min;
  if (!/^\d{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= field.min && value <= field.max ? value : null;
}

function refusal(expression: unknown, why: string): InvalidScheduleError {
  return new InvalidScheduleError(`${show(expression)} is no schedule: ${why}. ${HELP}`);
}
