// When a schedule fires (R36). croner says on which days of the calendar; what daylight saving makes of their times is
// said here, as Vixie cron does it: see its crontab(5) and cron(8), "daylight saving time".

import type { Cron as Croner } from "croner";
import { type CronFields, cronFields } from "./cron-fields.ts";
import { type Stretch, TimeZone } from "./time-zone.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MINUTES_PER_DAY = 1440;
/** A clock that jumps farther has crossed the date line, or was put right: what it has passed over is not made up for. */
const LONGEST_GAP_MS = 3 * 3_600_000;

/** Loaded with the first schedule: an app without any loads no croner. */
let croner: Promise<typeof Croner> | null = null;

/** Throws: InvalidScheduleError for an expression or a time zone that cannot be kept. */
export async function loadCron(expression: string, timezone: string): Promise<Cron> {
  const fields = cronFields(expression);
  const zone = new TimeZone(timezone);
  return new Cron(fields, zone, await loadCalendar());
}

/** croner, loaded once. */
export function loadCalendar(): Promise<typeof Croner> {
  croner ??= import("croner").then(({ Cron }) => Cron);
  return croner;
}

/** Local times are told in milliseconds, as UTC tells its own: 02:30 on the first day of 1970 is 9,000,000. */
export class Cron {
  readonly #zone: TimeZone;
  readonly #isFixed: boolean;
  readonly #days: Croner;
  /** For each minute of a day the first one, from there on, at which it fires; −1 where none follows. */
  readonly #nextMinute: Int16Array;
  /** From day `from` (days since 1970) the next that it fires on is `day`. */
  #known: { readonly from: number; readonly day: number } | null = null;

  constructor(fields: CronFields, zone: TimeZone, calendar: typeof Croner) {
    const { days, months, weekdays } = fields;
    this.#zone = zone;
    this.#isFixed = fields.isFixed;
    this.#nextMinute = nextMinutes(fields);
    const list = (values: readonly number[] | null): string => values?.join(",") ?? "*";
    // In UTC, where no day is longer than another; never started.
    this.#days = new calendar(`0 0 ${list(days)} ${list(months)} ${list(weekdays)}`, {
      timezone: "UTC",
      mode: "5-part",
      paused: true,
    });
  }

  /** The first instant after `after` at which it fires; null where there is none before the year 3000, at which its calendar ends. */
  next(after: Date): Date | null {
    const at = this.#isFixed ? this.#nextFixed(after.getTime()) : this.#nextInterval(after.getTime());
    return at === null ? null : new Date(at);
  }

  /** With a wildcard or a step it fires whenever the clock on the wall matches: a doubled hour has twice as many. */
  #nextInterval(after: number): number | null {
    let stretch = this.#zone.at(after);
    let passed = after + stretch.offset;
    for (;;) {
      const local = this.#nextLocal(passed);
      if (local === null) return null;
      if (local - stretch.offset < stretch.end) return local - stretch.offset;
      const { end } = stretch;
      stretch = this.#zone.at(end); // Its start may be earlier, where the one before it was cut off.
      passed = end + stretch.offset - 1;
    }
  }

  /** A fixed time fires once, whether its hour comes twice or not at all. */
  #nextFixed(after: number): number | null {
    const { offset } = this.#zone.at(after);
    let local: number | null = after + offset;
    for (;;) {
      local = this.#nextLocal(local);
      if (local === null) return null;
      const at = this.#instantOf(local, offset);
      if (at !== null && at > after) return at;
    }
  }

  /** The first instant of a local time; where a gap has swallowed it, the first after the gap. Null: not made up for. */
  #instantOf(local: number, nearOffset: number): number | null {
    const here = this.#zone.at(local - nearOffset);
    const at = local - here.offset;
    if (at >= here.end) {
      const later = this.#zone.at(here.end);
      return local - later.offset >= here.end ? local - later.offset : afterGap(here, later, here.end);
    }
    const earlier = this.#zone.at(here.start - 1);
    if (local - earlier.offset < here.start) return local - earlier.offset;
    return at >= here.start ? at : afterGap(earlier, here, here.start);
  }

  /** The first local time after another that the fields allow. */
  #nextLocal(after: number): number | null {
    let day = Math.floor(after / DAY_MS);
    const minute = Math.floor((after - day * DAY_MS) / MINUTE_MS) + 1;
    if (minute >= MINUTES_PER_DAY || (this.#nextMinute[minute] ?? -1) < 0) return this.#firstOn(day + 1);
    const found = this.#nextDay(day);
    if (found === null) return null;
    if (found !== day) day = found;
    else return day * DAY_MS + (this.#nextMinute[minute] ?? 0) * MINUTE_MS;
    return this.#firstOn(day);
  }

  #firstOn(from: number): number | null {
    const day = this.#nextDay(from);
    return day === null ? null : day * DAY_MS + (this.#nextMinute[0] ?? 0) * MINUTE_MS;
  }

  /** The first day, from this one on, that it fires on. */
  #nextDay(from: number): number | null {
    if (this.#known !== null && from >= this.#known.from && from <= this.#known.day) return this.#known.day;
    const found = this.#days.nextRun(new Date(from * DAY_MS - 1000)); // After this instant, to the second.
    if (found === null) return null;
    const day = Math.floor(found.getTime() / DAY_MS);
    this.#known = { from, day };
    return day;
  }
}

function afterGap(before: Stretch, after: Stretch, change: number): number | null {
  return after.offset - before.offset <= LONGEST_GAP_MS ? change : null;
}

function nextMinutes({ minutes, hours }: CronFields): Int16Array {
  const next = new Int16Array(MINUTES_PER_DAY);
  const fires = new Set(hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute)));
  let following = -1;
  for (let minute = MINUTES_PER_DAY - 1; minute >= 0; minute--) {
    if (fires.has(minute)) following = minute;
    next[minute] = following;
  }
  return next;
}
