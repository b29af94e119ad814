// A store of your own beside the one in memory: the same calls, the same answers.

import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { requireKnown } from "../engine/known-options.ts";
import { show } from "../job/errors.ts";
import { memberPath } from "../job/member-path.ts";
import { countOf } from "../job/options.ts";
import type { JobStore } from "../store/job-store.ts";
import { MemoryJobStore } from "../store/memory/memory-job-store.ts";
import { PropertyFailedError } from "./errors.ts";
import { requireFunction, withStore } from "./given.ts";
import { type StoreCommand, storeCommands } from "./store-commands.ts";
import { StorePlayer } from "./store-player.ts";

export interface SameAnswersOptions {
  /** The store to compare with; a new one in memory unless given. Empty each time. */
  readonly as?: (() => JobStore | Promise<JobStore>) | undefined;
  /** How many calls at the most; 60 unless told. */
  readonly maxLength?: number | undefined;
}

/** What is looked at when all calls have been made. */
const EVERYTHING = { now: 100, limit: 1000, beforeSeq: 1000, queues: undefined } as const;

/**
 * Holds a store to answering every call as the store in memory does, whatever came before. Wider than the contract and
 * without its sentences: run that first.
 *
 * ```ts
 * await fc.assert(sameAnswersProperty(() => new MyJobStore()));
 * ```
 * `open` and `as` give an empty store each time, which is closed afterwards. What `seq` is does not matter, only its order.
 * Fails with: PropertyFailedError, which shows the first call that is answered otherwise. The counterexample is the calls.
 * Throws: InvalidOptionError; in a run, too, where `open` or `as` gives no store.
 */
export function sameAnswersProperty(
  open: () => JobStore | Promise<JobStore>,
  options: SameAnswersOptions = {},
): fc.IAsyncPropertyWithHooks<[commands: readonly StoreCommand[]]> {
  requireKnown(options, "sameAnswersProperty", KNOWN);
  const { as = () => new MemoryJobStore(), maxLength = 60 } = options;
  requireFunction(open, "sameAnswersProperty's open");
  requireFunction(as, "sameAnswersProperty's as");
  countOf(maxLength, "sameAnswersProperty's maxLength", 1);
  return fc.asyncProperty(storeCommands({ maxLength }), async (commands) => {
    await withStore(open, "what sameAnswersProperty's open gave", (mine) =>
      withStore(as, "what sameAnswersProperty's as gave", (model) => playOnBoth(mine, model, commands)),
    );
  });
}

const KNOWN: ReadonlySet<string> = new Set<keyof SameAnswersOptions>(["as", "maxLength"]);

async function playOnBoth(mine: JobStore, model: JobStore, commands: readonly StoreCommand[]): Promise<void> {
  await mine.setup();
  await model.setup();
  const [player, other] = [new StorePlayer(mine), new StorePlayer(model)];
  for (const [index, command] of commands.entries())
    compare(`Call ${index + 1}, ${command.call},`, await player.play(command), await other.play(command));
  compare("At the end the look at everything", await player.look(EVERYTHING), await other.look(EVERYTHING));
}

function compare(what: string, answer: unknown, expected: unknown): void {
  if (isDeepStrictEqual(answer, expected)) return;
  const { path, left, right } = firstDifference(answer, expected);
  throw new PropertyFailedError(
    `${what} differs${path === "" ? "" : ` at answer${path}`}: ${show(left)}; expected was ${show(right)}.`,
  );
}

/** The innermost place at which two answers part. */
function firstDifference(left: unknown, right: unknown, path = ""): { path: string; left: unknown; right: unknown } {
  if (isBranch(left) && isBranch(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const [mine, other] = [Reflect.get(left, key), Reflect.get(right, key)];
      if (!isDeepStrictEqual(mine, other))
        return firstDifference(mine, other, memberPath(path, Array.isArray(left) ? Number(key) : key));
    }
  }
  return { path, left, right };
}

function isBranch(value: unknown): value is object {
  return value !== null && typeof value === "object" && !(value instanceof Date) && !(value instanceof Map);
}
