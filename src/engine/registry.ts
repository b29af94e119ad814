// The job classes an engine knows, by stored name.

import { InvalidOptionError, JobDefinitionError, show, UnknownJobError } from "../job/errors.ts";
import { type AnyJob, type AnyJobClass, aliasesOf, isJob, isJobClass, nameOf, requirePerform } from "../job/job.ts";
import { textOf } from "../job/options.ts";
import { isPromise, type StandardSchema, standardOf } from "../job/schema.ts";
import { type JobSettings, readSettings } from "../job/settings.ts";

/** Makes an instance: `createJobs({ create })`, by default `new JobClass()` (R15). */
export type CreateJob = (jobClass: AnyJobClass) => AnyJob;

/** One job class as an engine knows it. */
export interface RegisteredJob {
  readonly name: string;
  readonly jobClass: AnyJobClass;
  readonly schema: StandardSchema | undefined;
  /** The class's settings; read once, when first asked for. */
  readonly settings: () => JobSettings;
}

export interface RegistryOptions {
  readonly jobs: readonly AnyJobClass[];
  readonly defaults: JobSettings;
  readonly create: CreateJob | undefined;
  readonly warn: (message: string) => void;
  /** In production a name that a build tool made is refused, elsewhere warned about (R3). */
  readonly production: boolean;
}

/** Names and aliases to classes. Throws at construction whatever can be known to be wrong by then (R3). */
export class Registry {
  readonly create: CreateJob;
  /** Tells the call that an unknown class is to be passed in, where that is not createJobs. */
  listedIn: ((jobName: string) => string) | undefined;
  readonly #byName = new Map<string, RegisteredJob>();
  readonly #byClass = new Map<AnyJobClass, RegisteredJob>();
  readonly #defaults: JobSettings;

  constructor(options: RegistryOptions) {
    const { create } = options;
    this.create =
      create === undefined
        ? (jobClass) => new (jobClass as new () => AnyJob)() // `as`: R3, no arguments
        : (jobClass) => jobOf(jobClass, create(jobClass));
    this.#defaults = options.defaults;
    if (!Array.isArray(options.jobs)) throw new InvalidOptionError("jobs", options.jobs, "a list of job classes");
    for (const jobClass of options.jobs) this.#add(jobClass, options);
    for (const job of [...this.#byClass.values()]) this.#addAliases(job);
  }

  /** Stored names, in the order given. */
  get names(): readonly string[] {
    return [...this.#byClass.values()].map((job) => job.name);
  }

  get all(): readonly RegisteredJob[] {
    return [...this.#byClass.values()];
  }

  /** The class of a stored name or alias. Throws: UnknownJobError with the nearest name. */
  byName(name: string): RegisteredJob {
    const found = this.#byName.get(name);
    if (found === undefined) throw this.#unknown(name);
    return found;
  }

  /** What is known of a class. Throws: UnknownJobError, also for another class of a known name. */
  byClass(jobClass: AnyJobClass): RegisteredJob {
    const found = this.#byClass.get(jobClass);
    if (found === undefined) throw this.#unknown(nameOf(jobClass));
    return found;
  }

  /** The same for what may be no class at all: undefined where it is unknown. */
  findByClass(candidate: object): RegisteredJob | undefined {
    return this.#byClass.get(candidate as AnyJobClass); // `as`: whatever else it is, it is not in the map
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The settings of an instance made by the caller. Throws: JobDefinitionError. */
  settingsOf(name: string, instance: object): JobSettings {
    return readSettings(name, instance, this.#defaults);
  }

  #add(jobClass: AnyJobClass, options: RegistryOptions): void {
    if (!isJobClass(jobClass))
      throw new InvalidOptionError("jobs", jobClass, "classes that extend Job, or made by defineJob");
    const name = nameOf(jobClass);
    if (name === "") throw new JobDefinitionError("(anonymous)", 'it has no name. Give it "static jobName".');
    textOf(name, `the name of job class ${name}`, 255);
    if (this.#byClass.has(jobClass)) return; // Given twice is given once.
    if (this.#byName.has(name)) {
      throw new JobDefinitionError(
        name,
        'two classes have this name. Rename one, or give it its own "static jobName".',
      );
    }
    requirePerform(jobClass);
    if (jobClass.schema !== undefined) standardOf(name, jobClass.schema);
    this.#checkMangled(jobClass, name, options);
    let settings: JobSettings | undefined;
    const job: RegisteredJob = {
      name,
      jobClass,
      schema: jobClass.schema,
      settings: () => (settings ??= readSettings(name, this.create(jobClass), this.#defaults)),
    };
    if (options.create === undefined) job.settings(); // A class that cannot be used is told at once.
    this.#byName.set(name, job);
    this.#byClass.set(jobClass, job);
  }

  #addAliases(job: RegisteredJob): void {
    const aliases = aliasesOf(job.jobClass);
    if (!Array.isArray(aliases))
      throw new JobDefinitionError(job.name, `its aliases are ${show(aliases)}; write a list of names.`);
    for (const alias of aliases) {
      textOf(alias, `an alias of job class ${job.name}`, 255);
      const other = this.#byName.get(alias);
      if (other !== undefined && other !== job) {
        throw new JobDefinitionError(
          job.name,
          `its alias "${alias}" is also a name of ${other.name}. Each name may mean one class only.`,
        );
      }
      this.#byName.set(alias, job);
    }
  }

  #checkMangled(jobClass: AnyJobClass, name: string, options: RegistryOptions): void {
    if (Object.hasOwn(jobClass, "jobName") || !(name.length <= 2 || name.startsWith("_"))) return;
    const problem = `its name looks like one a build tool made, and rows would be stored under it. Give it "static jobName = …".`;
    if (options.production) throw new JobDefinitionError(name, problem);
    options.warn(`Job class ${name}: ${problem}`);
  }

  #unknown(name: string): UnknownJobError {
    return new UnknownJobError(name, this.names, nearest(name, this.names), this.listedIn?.(name));
  }
}

/** What `create` gave, if it is a job. Throws: JobDefinitionError. */
function jobOf(jobClass: AnyJobClass, made: unknown): AnyJob {
  if (isJob(made)) return made;
  if (isPromise(made)) made.then(undefined, () => undefined); // Told below, so its rejection is nobody's.
  const what = isPromise(made) ? "a promise: make the instance synchronously" : show(made);
  throw new JobDefinitionError(nameOf(jobClass), `createJobs({ create }) gave ${what}; expected an instance of it.`);
}

/** The name that differs least, if it differs little: for "did you mean". */
export function nearest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein's distance, given up (as `limit`) where it must reach the limit. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? limit;
}
