// A job class's own settings, read from an instance after it is made and checked (R1, R3).

import { InvalidOptionError, JobDefinitionError } from "./errors.ts";
import { maxRetriesOf, priorityOf, queueOf, secondsOf, timeoutOf } from "./options.ts";

/** What a class decides about its jobs. Seconds throughout. */
export interface JobSettings {
  readonly queue: string;
  readonly priority: number;
  readonly maxRetries: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly timeout: number;
  readonly delay: number;
}

/** R1's defaults. */
export const DEFAULT_SETTINGS: JobSettings = {
  queue: "default",
  priority: 0,
  maxRetries: 3,
  baseDelay: 2,
  maxDelay: 3600,
  timeout: 300,
  delay: 0,
};

const CHECKS: { readonly [Name in keyof JobSettings]: (value: unknown, what: string) => JobSettings[Name] } = {
  queue: queueOf,
  priority: priorityOf,
  maxRetries: maxRetriesOf,
  baseDelay: secondsOf,
  maxDelay: secondsOf,
  timeout: timeoutOf,
  delay: secondsOf,
};

/** The names of the settings, in the order they are told in. */
export const SETTING_NAMES: readonly (keyof JobSettings)[] = Object.keys(CHECKS) as (keyof JobSettings)[]; // `as`: Object.keys forgets the names

/**
 * The settings an instance has, `defaults` standing in for those it does not set.
 *
 * Throws: JobDefinitionError that names class, property and mend, for a field that is declared but undefined, or a
 * value outside R2 and R4.
 */
export function readSettings(jobName: string, instance: object, defaults: JobSettings): JobSettings {
  const settings: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const value: unknown = Reflect.get(instance, name);
    if (value === undefined) {
      if (Object.hasOwn(instance, name)) throw undefinedField(jobName, name);
      settings[name] = defaults[name];
    } else {
      settings[name] = checked(jobName, name, value);
    }
  }
  return settings as unknown as JobSettings; // `as`: every name was filled by its own check
}

/** `createJobs({ defaults })` over R1's. Throws: InvalidOptionError, also for a name that is no setting. */
export function mergeDefaults(defaults: Readonly<Record<string, unknown>> | undefined): JobSettings {
  if (defaults === undefined) return DEFAULT_SETTINGS;
  if (defaults === null || typeof defaults !== "object")
    throw new InvalidOptionError("defaults", defaults, "an object");
  const merged: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  for (const [name, value] of Object.entries(defaults)) {
    if (!isSettingName(name))
      throw new InvalidOptionError(`defaults.${name}`, value, `one of ${SETTING_NAMES.join(", ")}`);
    if (value !== undefined) merged[name] = CHECKS[name](value, `defaults.${name}`);
  }
  return merged as unknown as JobSettings; // `as`: started from all of them
}

/** Whether a property of a job class or of `defaults` is one of the settings. */
export function isSettingName(name: string): name is keyof JobSettings {
  return Object.hasOwn(CHECKS, name);
}

function checked(jobName: string, name: keyof JobSettings, value: unknown): unknown {
  try {
    return CHECKS[name](value, name);
  } catch (cause) {
    throw new JobDefinitionError(jobName, (cause as Error).message, { cause }); // `as`: the checks throw errors only
  }
}

function undefinedField(jobName: string, name: string): JobDefinitionError {
  return new JobDefinitionError(
    jobName,
    `its field "${name}" is undefined. A field declared without a value hides what config() set: write "declare ${name}: …", give it a value, or set it in config() only.`,
  );
}
