// Long runs of steps that tell the same: the first time in full, the others by their number.

import type { Step } from "./step.ts";

/** Steps as they are, or how often the `length` steps before it came again. */
export type Part = Step | Repeat;

export interface Repeat {
  /** How many steps come again. */
  readonly length: number;
  /** How often. */
  readonly times: number;
  readonly first: Step;
  readonly last: Step;
}

/** Up to so many steps in a row are recognised when they come again. */
const LONGEST = 6;
/** Fewer hidden steps than this are not worth a riddle. */
const LEAST_HIDDEN = 4;

export function isRepeat(part: Part): part is Repeat {
  return "times" in part;
}

/** Two runs are the same when their steps tell the same at the same distance in time. */
export function fold(steps: readonly Step[]): readonly Part[] {
  const parts: Part[] = [];
  let index = 0;
  while (index < steps.length) {
    const length = bestLength(steps, index);
    const times = length === 0 ? 0 : repeats(steps, index, length);
    const first = steps[index + length];
    const last = steps[index + length * (times + 1) - 1];
    if (first === undefined || last === undefined || length === 0) {
      parts.push(...steps.slice(index, index + 1));
      index++;
    } else {
      parts.push(...steps.slice(index, index + length), { length, times, first, last });
      index += length * (times + 1);
    }
  }
  return parts;
}

/** How many steps from here come again and again so that most are hidden; 0 where it is not worth it. */
function bestLength(steps: readonly Step[], start: number): number {
  let best = 0;
  let most = LEAST_HIDDEN - 1;
  for (let length = 1; length <= LONGEST; length++) {
    const times = repeats(steps, start, length);
    if (times >= 2 && times * length > most) {
      most = times * length;
      best = length;
    }
  }
  return best;
}

/** How often the steps from `start` come again right behind themselves. */
function repeats(steps: readonly Step[], start: number, length: number): number {
  let times = 0;
  while (isSame(steps, start, start + (times + 1) * length, length)) times++;
  return times;
}

function isSame(steps: readonly Step[], start: number, again: number, length: number): boolean {
  if (again + length > steps.length) return false;
  for (let index = 0; index < length; index++) {
    if (steps[start + index]?.likeness !== steps[again + index]?.likeness) return false;
    // What comes before the run is not its own, so the distance of its first step is compared among the repeats only.
    const from = index === 0 ? start + length : start + index;
    if (distance(steps, from) !== distance(steps, again + index)) return false;
  }
  return true;
}

function distance(steps: readonly Step[], index: number): number {
  return (steps[index]?.offsetMs ?? 0) - (steps[index - 1]?.offsetMs ?? 0);
}
