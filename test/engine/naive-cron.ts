// R36 written down minute by minute: what the calculator is held against. It knows no calendar and no zone's rules, only
// what the clock on the wall shows at each real minute.

import type { CronFields } from "../../src/engine/cron-fields.ts";

const MINUTE_MS = 60_000;
const LONGEST_GAP_MINUTES = 180;

/** Local time as minutes since 1970, as UTC counts them. */
export type Wall = (instant: number) => number;

export function wallOf(timeZone: string): Wall {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "short", timeStyle: "short" });
  return (instant) => {
    const [, day, month, year, hour, minute] = /(\d+)\/(\d+)\/(\d+), (\d+):(\d+)/.exec(format.format(instant)) ?? [];
    return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)) / MINUTE_MS;
  };
}

/** The instants after `after`, up to `until`, at which an expression fires. Both are whole minutes. */
export function naiveTicks(fields: CronFields, wall: Wall, after: Date, until: Date): Date[] {
  const ticks: Date[] = [];
  // Long enough before for the first pass of an hour that comes twice.
  const seen = new Set<number>();
  const start = after.getTime() - 240 * MINUTE_MS;
  let before = wall(start - MINUTE_MS);
  for (let at = start; at <= until.getTime(); at += MINUTE_MS) {
    const now = wall(at);
    const skipped = now - before - 1;
    const isFirst = !seen.has(now);
    let fires = matches(fields, now) && (!fields.isFixed || isFirst);
    if (fields.isFixed && skipped > 0 && skipped <= LONGEST_GAP_MINUTES)
      for (let minute = before + 1; minute < now; minute++) fires ||= matches(fields, minute);
    seen.add(now);
    before = now;
    if (fires && at > after.getTime()) ticks.push(new Date(at));
  }
  return ticks;
}

/** Whether a minute on the wall is one of an expression's. */
export function matches({ minutes, hours, days, months, weekdays }: CronFields, minute: number): boolean {
  const date = new Date(minute * MINUTE_MS);
  if (!minutes.includes(date.getUTCMinutes()) || !hours.includes(date.getUTCHours())) return false;
  if (!months.includes(date.getUTCMonth() + 1)) return false;
  const onDay = days?.includes(date.getUTCDate()) ?? null;
  const onWeekday = weekdays?.includes(date.getUTCDay()) ?? null;
  if (onDay === null || onWeekday === null) return onDay ?? onWeekday ?? true;
  return onDay || onWeekday;
}
