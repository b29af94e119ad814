// What a kit may be told.

import type { JobsOptions } from "../engine/create-jobs.ts";
import type { Jobs } from "../engine/jobs.ts";
import { type Duration, durationMs } from "../job/duration.ts";
import { InvalidOptionError } from "../job/errors.ts";
import type { AnyJobClass } from "../job/job.ts";
import { countOf, instantOf } from "../job/options.ts";
import type { JobStore } from "../store/job-store.ts";
import { KitUsageError } from "./errors.ts";

interface CommonOptions {
  /** A store, or the URL of one; a memory store of the kit's own unless given. */
  readonly store?: string | JobStore | undefined;
  /** Freezes the clock at this instant. Without it the clock follows the real time between the kit's own moves. */
  readonly now?: Date | string | undefined;
  /** Seeds ids, jitter and order, and freezes the clock; a fixed seed unless given. */
  readonly seed?: number | string | undefined;
  /** Keeps the global Date equal to the clock, and freezes the clock. One such kit per process at a time. */
  readonly fakeDate?: boolean | undefined;
  /** Real time without any change after which a busy handler is named on stderr; ten times that is an error. `"2s"` unless told. */
  readonly stuckAfter?: Duration | undefined;
  /** Jobs left unrun at dispose: `"list"` tells them on stderr, `"fail"` fails the test, `"ignore"` says nothing. `"list"` unless told. */
  readonly leftovers?: "list" | "fail" | "ignore" | undefined;
  /** What messages call this kit. */
  readonly label?: string | undefined;
  /** How many events and log lines are kept for `events`, `logs` and `timeline`; 250,000 unless told. */
  readonly history?: number | undefined;
}

/** Either the job classes, with what `createJobs` would take, or the app's own Jobs, whose place the kit takes. */
export type TestKitOptions =
  | (CommonOptions & { readonly app: Jobs; readonly jobs?: undefined })
  | (CommonOptions &
      Pick<JobsOptions, "schedules" | "defaults" | "carry" | "create" | "lease" | "maxDataBytes"> & {
        readonly jobs: readonly AnyJobClass[];
        readonly app?: undefined;
      });

const KNOWN = [
  "jobs",
  "app",
  "store",
  "now",
  "seed",
  "fakeDate",
  "stuckAfter",
  "leftovers",
  "label",
  "history",
  "schedules",
  "defaults",
  "carry",
  "create",
  "lease",
  "maxDataBytes",
];

/** Throws: KitUsageError in production (R44); InvalidOptionError. */
export function checkKitOptions(options: TestKitOptions): void {
  if (process.env.NODE_ENV === "production") {
    throw new KitUsageError(
      'createTestKit refuses to start: NODE_ENV is "production". A kit would swallow real jobs. Run tests with NODE_ENV=test.',
    );
  }
  if (options === null || typeof options !== "object" || (options.jobs === undefined) === (options.app === undefined)) {
    throw new InvalidOptionError("createTestKit's options", options, "either { jobs: [SomeJob] } or { app: jobs }");
  }
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name))
      throw new InvalidOptionError(
        `createTestKit's option "${name}"`,
        Reflect.get(options, name),
        `one of ${KNOWN.join(", ")}`,
      );
  }
  const { leftovers, history, seed, label } = options;
  if (leftovers !== undefined && !["list", "fail", "ignore"].includes(leftovers))
    throw new InvalidOptionError("leftovers", leftovers, '"list", "fail" or "ignore"');
  if (history !== undefined) countOf(history, "history", 1);
  if (seed !== undefined && typeof seed !== "string" && typeof seed !== "number")
    throw new InvalidOptionError("seed", seed, "a number or a text");
  if (label !== undefined && typeof label !== "string") throw new InvalidOptionError("label", label, "a text");
}

/** Where the kit's clock starts. Throws: InvalidOptionError. */
export function startOf(now: Date | string | undefined): Date {
  if (now === undefined) return new Date(Date.now());
  return instantOf(typeof now === "string" ? new Date(now) : now, "now");
}

/** How long nothing may move, in real milliseconds. Throws: InvalidOptionError, InvalidDurationError. */
export function stuckAfterOf({ stuckAfter = "2s" }: TestKitOptions): number {
  const ms = durationMs(stuckAfter, "stuckAfter");
  if (ms > 0) return ms;
  throw new InvalidOptionError("stuckAfter", stuckAfter, 'a length of real time, such as "2s"');
}
