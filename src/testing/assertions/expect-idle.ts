// The assertion that nothing is left to do.

import { InvalidOptionError } from "../../job/errors.ts";
import type { JobRecord } from "../../job/record.ts";
import type { TestKit } from "../kit.ts";
import type { KitCore } from "../kit-core.ts";
import { readRecords } from "../records.ts";
import type { Answer } from "./ask.ts";
import { assert } from "./assertion.ts";
import { coreOf } from "./current-kit.ts";
import { JobRows } from "./job-rows.ts";
import { counted, report, wrap } from "./report.ts";
import { CURRENT_KIT, type Subject } from "./source.ts";
import { threwLines } from "./threw.ts";

export interface IdleOptions {
  /** Jobs that are due later may wait. */
  readonly allowLater?: boolean | undefined;
}

export interface ExpectIdle {
  (kit: TestKit, options?: IdleOptions): Promise<void>;
  (options?: IdleOptions): Promise<void>;
}

/**
 * Asserts that a kit, or the current one, has nothing left to do: no job is pending, and none is being performed.
 * Rejects with: AssertionError that lists them.
 */
export const expectIdle: ExpectIdle = (...given: readonly unknown[]): Promise<void> => {
  const isGiven = given.length > 0 && !isOptions(given[0]);
  const [options] = isGiven ? given.slice(1) : given;
  return assert({
    call: "expectIdle",
    callee: expectIdle,
    args: { source: isGiven ? given[0] : CURRENT_KIT, rest: [] },
    async run(subject) {
      const { failure } = await askIdle("expectIdle", subject, options as IdleOptions | undefined); // `as`: checked there
      return { value: undefined, failure };
    },
  });
};

/** `isNot`: something is to be left. */
export async function askIdle(
  call: string,
  subject: Subject,
  options: IdleOptions = {},
  isNot = false,
): Promise<Answer> {
  const { core } = subject;
  if (core === null || subject.window !== null)
    throw new InvalidOptionError(`the first argument of ${call}`, subject.where, "a kit");
  for (const [name, value] of Object.entries(options))
    if (name !== "allowLater") throw new InvalidOptionError(`${call}'s option ${name}`, value, "allowLater");
  await core.catchUp(`answer ${call}`);
  const open = await readRecords(core.engine.store, { status: "processing" });
  const waiting = await readRecords(core.engine.store, { status: "pending" });
  const now = core.clock.now();
  const pending = options.allowLater === true ? waiting.filter(({ runAt }) => runAt <= now) : waiting;
  const matches = [...pending, ...open];
  if ((matches.length === 0) !== isNot) return { matches, failure: null };
  if (isNot) {
    const message = `${core.label} is idle: no job is ${options.allowLater === true ? "due" : "pending"}, and none is being performed. Expected one.`;
    return { matches, failure: { message, actual: [], expected: undefined } };
  }
  return {
    matches,
    failure: { message: messageOf(subject, core, pending, open), actual: matches.slice(0, 10), expected: [] },
  };
}

const MAX_ROWS = 6;

function messageOf(subject: Subject, core: KitCore, pending: readonly JobRecord[], open: readonly JobRecord[]): string {
  const rows = new JobRows(subject, pending);
  const counts = [
    ...(pending.length > 0 ? [`${counted(pending.length, "job is", "jobs are")} pending`] : []),
    ...(open.length > 0 ? [`${counted(open.length, "job is", "jobs are")} being performed`] : []),
  ];
  return report(`${core.label} is not idle: ${counts.join(", ")}.`, [
    { name: "pending", lines: listed(pending, rows) },
    { name: "performed", lines: listed(open, rows) },
    { name: "threw", lines: threwLines(subject, rows) },
    { name: "hint", lines: wrap(hint(core, pending)) },
  ]);
}

function listed(jobs: readonly JobRecord[], rows: JobRows): readonly string[] {
  const lines = [...rows.rows(jobs.slice(0, MAX_ROWS))];
  if (jobs.length > MAX_ROWS) lines.push(`… and ${jobs.length - MAX_ROWS} more`);
  return lines;
}

function hint(core: KitCore, pending: readonly JobRecord[]): string {
  const now = core.clock.now();
  if (pending.some(({ runAt }) => runAt <= now))
    return "Some are due and nothing has run them: await kit.drainUntilIdle() first.";
  if (pending.length > 0)
    return "All that are pending are due later: kit.drainUntilIdle() runs them, { allowLater: true } lets them wait.";
  return "Their handlers sleep on virtual time, or another worker has them: kit.drainUntilIdle() moves time on.";
}

function isOptions(value: unknown): boolean {
  if (value === undefined) return false;
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    coreOf(value) === null
  );
}
