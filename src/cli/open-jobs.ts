// Makes the Jobs that a command works with: from the config, from --store, or on the embedded default.

import { existsSync } from "node:fs";
import { isAbsolute, resolve, sep } from "node:path";
import { createJobs, type JobsOptions, optionsOf } from "../engine/create-jobs.ts";
import type { Jobs } from "../engine/jobs.ts";
import type { Logger } from "../engine/log.ts";
import type { JobStore } from "../store/job-store.ts";
import type { ConfigOptions } from "./define-config.ts";
import type { Io } from "./io.ts";
import { loadConfig } from "./load-config.ts";
import { CommandFailed, UsageError } from "./usage-error.ts";

const DEFAULT_FILE = "wheelwright.db";

/** The options that say which jobs and which store. */
export interface StoreOptions {
  readonly config?: string | undefined;
  readonly store?: string | undefined;
  readonly table?: string | undefined;
}

export interface OpenJobs {
  readonly jobs: Jobs;
  /** The store, for people: its URL without password, or its name. */
  readonly label: string;
  /** Whether the jobs write their lines to a logger of the app's own. */
  readonly hasLogger: boolean;
}

/**
 * Opens what a command needs, runs it, and closes again, also when it throws.
 *
 * `needs`: `"store"` for a command that touches rows only, and so does without a config; `"jobs"` for one that has to
 * know the classes. `logger`: for jobs that bring none.
 */
export async function withJobs<T>(
  io: Io,
  options: StoreOptions,
  needs: "store" | "jobs",
  work: (open: OpenJobs) => Promise<T>,
  logger?: Logger,
): Promise<T> {
  const open = await openJobs(io, options, needs, logger);
  try {
    return await work(open);
  } finally {
    await open.jobs.close();
  }
}

async function openJobs(
  io: Io,
  options: StoreOptions,
  needs: "store" | "jobs",
  logger: Logger | undefined,
): Promise<OpenJobs> {
  // A store that is named is enough for whoever looks at rows only: an app that does not load is then no obstacle.
  const skipsConfig = needs === "store" && options.store !== undefined && options.config === undefined;
  const loaded = skipsConfig ? null : await configOf(io, options.config);
  if (loaded === null) {
    if (needs === "jobs") throw new UsageError(noConfig(io.cwd));
    return onStore(io, options, logger);
  }
  return onConfig(io, options, loaded.config, loaded.folder, loaded.path, logger);
}

interface Found {
  readonly config: Jobs | ConfigOptions;
  readonly folder: string;
  readonly path: string;
}

async function configOf(io: Io, path: string | undefined): Promise<Found | null> {
  const found =
    io.config === undefined
      ? await loadConfig(io.cwd, path)
      : { config: io.config, folder: io.cwd, path: "the config" };
  if (found === null) return null;
  const { config, ...place } = found;
  const given: unknown = typeof config === "function" ? await config() : config;
  if (given !== null && typeof given === "object" && (isJobs(given) || "jobs" in given)) {
    return { ...place, config: given as Jobs | ConfigOptions }; // `as`: createJobs checks the rest
  }
  throw new CommandFailed(
    `The default export of ${place.path} is neither what createJobs returns nor an object with { jobs: […] }.`,
  );
}

async function onStore(io: Io, { store: url, table }: StoreOptions, logger: Logger | undefined): Promise<OpenJobs> {
  if (url === undefined && !existsSync(resolve(io.cwd, DEFAULT_FILE))) throw new CommandFailed(noConfig(io.cwd));
  const from = fileUrl(url ?? `sqlite:${DEFAULT_FILE}`, io.cwd);
  return made(io, { store: await open(io, from, table), jobs: [] }, labelOf(from, io.cwd), logger);
}

async function onConfig(
  io: Io,
  options: StoreOptions,
  config: Jobs | ConfigOptions,
  folder: string,
  path: string,
  logger: Logger | undefined,
): Promise<OpenJobs> {
  if (isJobs(config)) {
    const own = optionsOf(config);
    if (options.store === undefined && options.table === undefined) {
      return { jobs: config, label: own?.store.name ?? "a store", hasLogger: own?.logger !== undefined };
    }
    if (own === undefined || options.store === undefined) {
      throw new UsageError(`--table goes with a store's URL, and ${path} exports its own Jobs: give --store too.`);
    }
    const url = fileUrl(options.store, io.cwd);
    return made(io, { ...own, store: await open(io, url, options.table) }, labelOf(url, io.cwd), logger);
  }
  const { store, table, ...rest } = config;
  if (options.store === undefined && store !== undefined && typeof store !== "string") {
    if (options.table !== undefined) throw new UsageError(`--table goes with a store's URL, and ${path} has a store.`);
    return made(io, { ...rest, store }, store.name, logger);
  }
  const url =
    options.store === undefined
      ? fileUrl((store as string | undefined) ?? `sqlite:${DEFAULT_FILE}`, folder) // `as`: a store was taken above
      : fileUrl(options.store, io.cwd);
  return made(io, { ...rest, store: await open(io, url, options.table ?? table) }, labelOf(url, io.cwd), logger);
}

function made(io: Io, options: JobsOptions, label: string, logger: Logger | undefined): OpenJobs {
  const hasLogger = options.logger !== undefined;
  const jobs = createJobs({ clock: io.clock, ...(logger === undefined ? {} : { logger }), ...options });
  return { jobs: jobs.useAsDefault(), label, hasLogger };
}

function open(io: Io, url: string, table: string | undefined): Promise<JobStore> {
  return io.openStore(url, { table });
}

function isJobs(config: object): config is Jobs {
  return "processQueue" in config && "enqueueMany" in config;
}

/** A URL of a file, with the path read from a folder. */
function fileUrl(url: string, folder: string): string {
  const [, scheme, path = ""] = /^(sqlite|pglite):(.*)$/.exec(url) ?? [];
  if (scheme === undefined || path === "" || path === ":memory:" || isAbsolute(path)) return url;
  return `${scheme}:${resolve(folder, path)}`;
}

/** Without what is secret, and short for a file of the folder one is in. */
function labelOf(url: string, cwd: string): string {
  return url
    .replace(/\/\/.*@/s, "//") // The last @: a password may hold others.
    .replace(/\?.*$/, "")
    .replace(`:${resolve(cwd)}${sep}`, ":");
}

function noConfig(cwd: string): string {
  return `There is no wheelwright.config.{ts,mts,js,mjs,cjs} in ${cwd} or above it. Make one with "wheelwright init", name one with --config PATH, or name a store with --store URL.`;
}
