// Two stores in lockstep: the same random steps on both, every answer and every row compared after each.

import fc from "fast-check";
import { difference, type Seen } from "./divergence.ts";
import { Side, type Subject } from "./side.ts";
import { anyStep, START, type Step } from "./steps.ts";

export type Open = () => Subject;

interface World {
  now: Date;
  /** Whether both do. */
  readonly keepSchedules: boolean;
  /** What was done, the last step last. */
  readonly done: string[];
}

interface Pair {
  readonly left: Side;
  readonly right: Side;
}

class Divergence extends Error {}

class StepCommand implements fc.AsyncCommand<World, Pair> {
  readonly #step: Step;
  readonly #played: () => void;

  constructor(step: Step, played: () => void) {
    this.#step = step;
    this.#played = played;
  }

  check({ keepSchedules }: Readonly<World>): boolean {
    return keepSchedules || this.#step.needsSchedules !== true;
  }

  async run(world: World, { left, right }: Pair): Promise<void> {
    this.#played();
    world.done.push(this.toString());
    const names = [left.subject.name, right.subject.name] as const;
    const found = difference(names, await this.#see(left, world.now), await this.#see(right, world.now));
    if (found !== null) throw new Divergence(`${told(world.done)}\n\n${found}`);
    if (this.#step.moves !== undefined) world.now = await this.#step.moves(world.now, left);
  }

  async #see(side: Side, now: Date): Promise<Seen> {
    const answer = await this.#step.play(side, now).catch(refusal);
    const plain = side.plain(answer);
    side.rows = await side.store.list({ limit: 100_000 });
    return { answer: plain, rows: side.plain(side.rows) as readonly object[] }; // `as`: records come out as records
  }

  toString(): string {
    const given = fc.stringify(this.#step.given);
    return given === "{}" ? this.#step.verb : `${this.#step.verb} ${given}`;
  }
}

export interface LockstepOptions {
  readonly runs: number;
  readonly seed: number;
  /** Steps in a run at the most. */
  readonly length?: number;
  /** False: stops at the first difference and looks for no shorter list of steps. */
  readonly shortest?: boolean;
}

/**
 * Plays random steps on both. Returns how many were compared, those of the search for a shorter example included.
 * Rejects with: an error that shows seed, path, the shortest list of steps found and what differs, side by side.
 */
export async function lockstep(
  left: Open,
  right: Open,
  { runs, seed, length = 40, shortest = true }: LockstepOptions,
): Promise<number> {
  let played = 0;
  const command = anyStep.map((step) => new StepCommand(step, () => played++));
  const property = fc.asyncProperty(fc.commands([command], { maxCommands: length, size: "max" }), async (commands) => {
    const pair = { left: new Side(left()), right: new Side(right()) };
    for (const { subject } of [pair.left, pair.right]) await emptied(subject);
    const keepSchedules = pair.left.store.schedules !== undefined && pair.right.store.schedules !== undefined;
    try {
      await fc.asyncModelRun(() => ({ model: { now: START, keepSchedules, done: [] }, real: pair }), commands);
    } finally {
      for (const { subject } of [pair.left, pair.right]) if (subject.empty === undefined) await subject.store.close();
    }
  });
  const result = await fc.check(property, { numRuns: runs, seed, endOnFailure: !shortest });
  if (!result.failed) return played;
  const cause = result.errorInstance;
  const replay = /replayPath="[^"]*"/.exec(String(result.counterexample?.[0]))?.[0] ?? "";
  const again = `seed: ${result.seed}, path: "${result.counterexamplePath}", ${replay.replace("=", ": ")}`;
  const part = `The stores part (${again})`;
  if (cause instanceof Divergence) throw new Error(`${part}\n\n${cause.message}`);
  throw new Error(part, { cause });
}

async function emptied({ empty, store: { schedules } }: Subject): Promise<void> {
  if (empty === undefined) return;
  await empty();
  for (const { name } of (await schedules?.list()) ?? []) await schedules?.remove(name);
}

function told(done: readonly string[]): string {
  return done.map((step, place) => `${place === done.length - 1 ? ">" : " "} ${place + 1}. ${step}`).join("\n");
}

/** A refusal is an answer like any other, by its code: both have to refuse. */
function refusal(error: unknown): object {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }; // `as`: to look at
  return { refused: code ?? message };
}
