// A run as the choices it is made of: 0 is what happens by itself, one worker going on to its end. So a schedule is a
// list of numbers, and a smaller one has more zeros.

import { createHash } from "node:crypto";
import { InvalidOptionError } from "../../job/errors.ts";
import { seededRandom } from "../seeded-random.ts";

/** Chooses at each step: `proceeds` ways to go on, then `faults` ways to do harm. */
export interface Choices {
  next(proceeds: number, faults: number): number;
  /** What was chosen so far. */
  readonly made: readonly number[];
}

/** How willing the runs are to switch, and to do harm. Which it is, is drawn per run: swarms find more than averages. */
const STAY = [0.15, 0.5, 0.85] as const;
const HARM = [0, 0.05, 0.2] as const;

export function randomChoices(seed: number): Choices {
  const random = seededRandom(`explore/${seed}`);
  const draw = (count: number): number => Math.floor(random() * count);
  const stay = STAY[draw(STAY.length)] ?? 0;
  const harm = HARM[draw(HARM.length)] ?? 0;
  const made: number[] = [];
  return {
    made,
    next(proceeds, faults) {
      const harms = faults > 0 && random() < harm;
      const choice = harms ? proceeds + draw(faults) : random() < stay ? 0 : draw(proceeds);
      made.push(choice);
      return choice;
    },
  };
}

/** What cannot be chosen, and what comes after the list, is 0. */
export function fixedChoices(list: readonly number[]): Choices {
  const made: number[] = [];
  return {
    made,
    next(proceeds, faults) {
      const wanted = list[made.length] ?? 0;
      const choice = wanted < proceeds + faults ? wanted : 0;
      made.push(choice);
      return choice;
    },
  };
}

/** Without the zeros at the end. */
export function trimmed(list: readonly number[]): readonly number[] {
  let { length } = list;
  while (length > 0 && list[length - 1] === 0) length--;
  return list.slice(0, length);
}

/**
 * `12:0.0.1#5e1c of 2 workers with all faults`: a choice is a number among what these have to choose from. After it comes
 * what tells the same steps from others of the same numbers.
 */
export function replayText(seed: number, list: readonly number[], trace: readonly string[], among: string): string {
  return `${seed}:${trimmed(list).join(".")}#${markOf(trace)} of ${among}`;
}

/** Of the steps up to the last that did not come by itself. */
export function markOf(trace: readonly string[]): string {
  const chosen = trace.slice(0, trace.findLastIndex((line) => line.startsWith("▸")) + 1);
  return createHash("sha256").update(chosen.join("\n")).digest("hex").slice(0, 4);
}

/** What the choices are made from, in words. `faults` are those that may be, of `all`. */
export function amongWhat(workers: number, faults: readonly string[], all: readonly string[]): string {
  const harm =
    faults.length === 0 ? "without faults" : `with ${faults.length === all.length ? "all faults" : faults.join(", ")}`;
  return `${workers} worker${workers === 1 ? "" : "s"} ${harm}`;
}

/** Throws: InvalidOptionError; also when it was printed for other workers or faults, under which it is another schedule. */
export function readReplay(
  replay: unknown,
  among: string,
): { readonly seed: number; readonly list: readonly number[]; readonly mark: string } {
  const [, seed, list, mark, its] =
    typeof replay === "string"
      ? (/^(\d+):((?:\d+(?:\.\d+)*)?)#([0-9a-f]{4}) of (\d+ workers? with.+)$/.exec(replay.trim()) ?? [])
      : [];
  if (seed === undefined || list === undefined || mark === undefined)
    throw new InvalidOptionError(
      "explore's replay",
      replay,
      `what a failure printed, such as "12:0.0.1#5e1c of ${among}"`,
    );
  if (its !== among)
    throw new InvalidOptionError("explore's replay", replay, `one of this exploration, which is of ${among}`);
  return { seed: Number(seed), list: list === "" ? [] : list.split(".").map(Number), mark };
}
