// What a wheelwright.config file says.

import type { JobsOptions } from "../engine/create-jobs.ts";
import type { Jobs } from "../engine/jobs.ts";
import type { JobStore } from "../store/job-store.ts";

/** What `createJobs` takes, but that the store may be a URL, and be left out. */
export interface ConfigOptions extends Omit<JobsOptions, "store"> {
  /**
   * A store, or the URL of one as `openStore` takes it; `"sqlite:wheelwright.db"` unless told. The path of a file is
   * read from the config's folder.
   */
  readonly store?: string | JobStore | undefined;
  /** The table that a URL's store uses; `wheels_jobs` unless told. */
  readonly table?: string | undefined;
}

/** The app's own `Jobs`, or what one is made of; or a function that gives either, perhaps later. */
export type Config = Jobs | ConfigOptions | (() => Jobs | ConfigOptions | Promise<Jobs | ConfigOptions>);

/**
 * What a `wheelwright.config.ts` exports. Returns what it is given: it is there for its types.
 *
 * ```ts skip
 * export default defineConfig({
 *   store: process.env.DATABASE_URL ?? "sqlite:wheelwright.db",
 *   jobs: [SendEmailJob],
 * });
 * ```
 */
export function defineConfig<C extends Config>(config: C): C {
  return config;
}
