// What the kit's own tests share: a kit that goes with its test, and a job that says what it does.

import { onTestFinished, vi } from "vitest";
import {
  type AnyJobClass,
  type DefinedJob,
  type DefineJobOptions,
  defineJob,
  Job,
  type JobContext,
  type NewJob,
  type StandardSchema,
} from "wheelwright";
import { createTestKit, type TestKit } from "wheelwright/testing";

type Options = Omit<Parameters<typeof createTestKit>[0], "jobs" | "app">;

/** A kit that its test disposes; jobs left unrun are nobody's concern. */
export async function aKit(jobs: readonly AnyJobClass[], options: Options = {}): Promise<TestKit> {
  const kit = await createTestKit({ jobs, leftovers: "ignore", ...options });
  onTestFinished(() => kit.dispose());
  return kit;
}

/** An instant to freeze a clock at. */
export const NOON = new Date("2030-06-01T12:00:00.000Z");

export interface Told {
  readonly name: string;
  /** Sleeps one after the other. */
  readonly sleeps?: readonly string[];
}

/** A job that tells when it runs and wakes, as `name` and `name +5s`: seconds since the kit's start. */
export function aTellingJob(
  options: DefineJobOptions<undefined> = {},
  jobName = "TellJob",
): { readonly job: DefinedJob<Told>; readonly told: string[] } {
  const told: string[] = [];
  const job = defineJob<Told>(jobName, options, async ({ name, sleeps = [] }, context: JobContext) => {
    const start = context.now().getTime();
    told.push(name);
    for (const sleep of sleeps) {
      await context.sleep(sleep);
      told.push(`${name} +${(context.now().getTime() - start) / 1000}s`);
    }
  });
  return { job, told };
}

/** A schema of objects that takes real time to ask; `onAnswer` hears of each answer, and may refuse by throwing. */
export function aSlowSchema(onAnswer: (value: unknown) => unknown = () => undefined): StandardSchema<object> {
  const validate = async (value: unknown): Promise<{ value: object }> => {
    await aTurn();
    await onAnswer(value);
    return { value: value as object }; // `as`: the tests enqueue objects
  };
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** One turn of the event loop: real work of the shortest kind. */
export function aTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a promise rejects with; an error that says so where it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => new Error("it resolved"),
    (thrown: unknown) => thrown,
  );
  return error as Error; // `as`: what the kit rejects with
}

export class PaymentError extends Error {}

/** A class whose every attempt throws. */
export function aFailingJob(error: unknown = new PaymentError("card declined"), maxRetries = 3): AnyJobClass {
  return class FailingJob extends Job {
    override maxRetries = maxRetries;
    override perform(): void {
      throw error;
    }
  };
}

/** A row as an older version of an app, or another program, may have left it. */
export function aRow(jobClass: string, id: string): NewJob {
  return {
    id,
    idGiven: true,
    jobClass,
    queue: "default",
    data: "{}",
    priority: 0,
    maxRetries: 1,
    timeout: 300,
    runAt: NOON,
    uniqueKey: null,
    uniqueWhile: "live",
    carried: null,
  };
}

/** Keeps what is written to stderr during the test. Returns: what tells it. */
export function hearStderr(): () => string {
  const spy = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => spy.mockRestore());
  return () => spy.mock.calls.map(([text]) => String(text)).join("");
}
