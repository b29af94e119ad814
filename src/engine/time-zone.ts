// A time zone as stretches of constant offset, read from the runtime's own tables. The machine's zone plays no part.

import { show } from "../job/errors.ts";
import { InvalidScheduleError } from "./cron-fields.ts";

/** From `start` until before `end` (milliseconds since 1970) local time is UTC plus `offset`, in milliseconds. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

const DAY_MS = 86_400_000;
/** Shorter than any stretch between two transitions, of which Morocco's month of Ramadan is about the shortest. */
const LOOK_MS = 7 * DAY_MS;
/** How far to look for a transition before a stretch is cut off: its neighbour then has the same offset. */
const LOOKS = 60;
const KEPT = 64;

export class TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat | null;
  #stretches: Stretch[] = [];
  #latest: Stretch | null = null;

  /** Throws: InvalidScheduleError for a zone that the runtime does not know. */
  constructor(name: string) {
    this.name = name;
    this.#format = name === "UTC" ? null : formatOf(name);
  }

  /** The stretch that an instant is in. One that was cut off is followed by one of the same offset, which may overlap it. */
  at(instant: number): Stretch {
    if (this.#latest !== null && isIn(instant, this.#latest)) return this.#latest;
    let found = this.#stretches.find((stretch) => isIn(instant, stretch));
    if (found === undefined) {
      found = this.#look(instant);
      if (this.#stretches.length >= KEPT) this.#stretches = [];
      this.#stretches.push(found);
    }
    this.#latest = found;
    return found;
  }

  #look(instant: number): Stretch {
    const offset = this.#offsetAt(instant);
    if (this.#format === null) return { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY, offset };
    return { start: this.#edge(instant, offset, -1), end: this.#edge(instant, offset, 1), offset };
  }

  /** The first instant of the stretch (`way` −1), or the first after it (1). */
  #edge(instant: number, offset: number, way: 1 | -1): number {
    let inside = instant;
    for (let look = 0; look < LOOKS; look++) {
      let outside = inside + way * LOOK_MS;
      if (this.#offsetAt(outside) === offset) {
        inside = outside;
        continue;
      }
      while (Math.abs(outside - inside) > 1) {
        const middle = Math.floor((inside + outside) / 2);
        if (this.#offsetAt(middle) === offset) inside = middle;
        else outside = middle;
      }
      return way === 1 ? outside : inside;
    }
    return inside;
  }

  #offsetAt(instant: number): number {
    if (this.#format === null) return 0;
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(instant)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const wholeSeconds = Math.floor(instant / 1000) * 1000;
    return Date.UTC(year, month - 1, day, hour, minute, second) - wholeSeconds;
  }
}

function isIn(instant: number, { start, end }: Stretch): boolean {
  return instant >= start && instant < end;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (cause) {
    throw new InvalidScheduleError(
      `There is no time zone ${show(timeZone)}. Write a name of the IANA data base, such as "UTC" or "Europe/Berlin".`,
      { cause },
    );
  }
}
