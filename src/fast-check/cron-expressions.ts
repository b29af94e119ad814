// Cron expressions, and schedules made of them (R33, R36).

import * as fc from "fast-check";
import { requireKnown } from "../engine/known-options.ts";
import type { ScheduleDefinition } from "../engine/schedule-definitions.ts";
import type { AnyJobClass } from "../job/job.ts";
import { countOf } from "../job/options.ts";
import { requireJobClass, requireMembers } from "./given.ts";

/** Expressions that can be kept and do fire: five fields of stars, numbers, names, ranges, steps and lists, or a shortcut. */
export function cronExpressions(): fc.Arbitrary<string> {
  // Days beyond the 28th are left out: with a month that is too short they never fire, which is refused.
  const fields = fc
    .tuple(field(0, 59), field(0, 23), field(1, 28), fc.oneof(field(1, 12), months), fc.oneof(field(0, 7), weekdays))
    .map((all) => all.join(" "));
  const shortcuts = fc.constantFrom("@hourly", "@daily", "@weekly", "@monthly", "@yearly");
  return fc.oneof({ weight: 9, arbitrary: fields }, { weight: 1, arbitrary: shortcuts });
}

export interface ScheduleArbitraryOptions {
  /** The classes whose jobs are scheduled: they have to do without data. */
  readonly jobs: readonly AnyJobClass[];
  readonly maxLength?: number | undefined;
}

/** Lists of schedules with a name of their own each, ready for `createJobs({ schedules })`. Throws: InvalidOptionError. */
export function schedules(options: ScheduleArbitraryOptions): fc.Arbitrary<readonly ScheduleDefinition[]> {
  requireKnown(options, "schedules", KNOWN);
  const { jobs, maxLength = 4 } = options;
  requireMembers(jobs, "schedules' jobs", "job classes");
  for (const [index, jobClass] of jobs.entries()) requireJobClass(jobClass, `schedules' jobs[${index}]`);
  countOf(maxLength, "schedules' maxLength", 0);
  const definition = fc.record({
    schedule: cronExpressions(),
    timezone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"),
    job: fc.constantFrom(...jobs),
    enabled: fc.boolean(),
    catchUp: fc.constantFrom("one" as const, "all" as const, "none" as const),
  });
  return fc
    .array(definition, { maxLength })
    .map((list) => list.map((each, index): ScheduleDefinition => ({ ...each, name: `schedule-${index + 1}` })));
}

const KNOWN: ReadonlySet<string> = new Set<keyof ScheduleArbitraryOptions>(["jobs", "maxLength"]);
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const months: fc.Arbitrary<string> = fc.constantFrom(...MONTHS);
const weekdays: fc.Arbitrary<string> = fc.constantFrom(...WEEKDAYS);

function field(min: number, max: number): fc.Arbitrary<string> {
  const number = fc.integer({ min, max });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const part = fc.oneof(
    number.map(String),
    range,
    fc.tuple(range, step(max - min)).map(([of, by]) => `${of}/${by}`),
  );
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 1, arbitrary: step(max - min).map((by) => `*/${by}`) },
    { weight: 3, arbitrary: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(",")) },
  );
}

function step(most: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: Math.max(most, 1) });
}
