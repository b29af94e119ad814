// Jobs as functions, for those who would rather not write a class.

import type { JobContext } from "./context.ts";
import { JobDefinitionError, show } from "./errors.ts";
import { type AnyJobClass, Job, type ScheduleOptions } from "./job.ts";
import type { NoData } from "./json-type.ts";
import type { Priority } from "./options.ts";
import type { SchemaInput, SchemaOutput, StandardSchema } from "./schema.ts";
import { SETTING_NAMES } from "./settings.ts";

/** What `config()`, `backoff` and the statics of a class would say. Units: seconds. */
export interface DefineJobOptions<S extends StandardSchema | undefined = StandardSchema | undefined> {
  readonly queue?: string | undefined;
  readonly priority?: Priority | undefined;
  readonly maxRetries?: number | undefined;
  readonly baseDelay?: number | undefined;
  readonly maxDelay?: number | undefined;
  readonly timeout?: number | undefined;
  readonly delay?: number | undefined;
  readonly aliases?: readonly string[] | undefined;
  readonly schedule?: string | ScheduleOptions | undefined;
  readonly schema?: S;
  /** Seconds to wait after failed attempt `attempt`. */
  readonly backoff?: ((attempt: number, error: unknown) => number) | undefined;
}

/** A job class made from a function: enqueue it, register it, spy on it as on any other. */
export interface DefinedJob<Data extends object, Input extends object = Data> {
  new (): Job<Data, Input>;
  readonly jobName: string;
  readonly aliases?: readonly string[] | undefined;
  readonly schedule?: string | ScheduleOptions | undefined;
  readonly schema?: StandardSchema | undefined;
  readonly enqueue: typeof Job.enqueue;
  readonly enqueueIn: typeof Job.enqueueIn;
  readonly enqueueAt: typeof Job.enqueueAt;
}

/**
 * A job class from a name, options and a function.
 *
 * ```ts
 * const sendEmail = defineJob("SendEmail", { queue: "mail" }, async (data: { to: string }) => {
 *   await mailer.send(data.to);
 * });
 * await sendEmail.enqueue({ to: "ada@example.org" });
 * ```
 * With a `schema`, what is enqueued and what `perform` receives have the schema's input and output types.
 */
export function defineJob<S extends StandardSchema>(
  name: string,
  options: DefineJobOptions<S> & { readonly schema: S },
  perform: (data: SchemaOutput<S>, context: JobContext) => unknown,
): DefinedJob<ObjectOf<SchemaOutput<S>>, ObjectOf<SchemaInput<S>>>;
export function defineJob<Data extends object = NoData>(
  name: string,
  options: DefineJobOptions<undefined>,
  perform: (data: Data, context: JobContext) => unknown,
): DefinedJob<Data>;
export function defineJob(
  name: string,
  options: DefineJobOptions,
  perform: (data: never, context: JobContext) => unknown,
): AnyJobClass {
  checkDefinition(name, options, perform);
  const { schema, schedule, aliases, backoff } = options;
  const settings = SETTING_NAMES.filter((setting) => options[setting] !== undefined);

  class Defined extends Job<object> {
    static override jobName = name;
    static override aliases = aliases;
    static override schedule = schedule;
    static override schema = schema;

    /** No property put on the class later: V8 keeps such a class as a table, and gives up on code that makes instances. */
    static override get name(): string {
      return name;
    }

    override config(): void {
      for (const setting of settings) Reflect.set(this, setting, options[setting]);
    }

    override perform(data: object, context: JobContext): unknown {
      return perform(data as never, context); // `as`: the overloads tie the function's type to the data's
    }
  }
  if (backoff !== undefined) Defined.prototype.backoff = backoff;
  return Defined;
}

const OPTION_NAMES: readonly string[] = [...SETTING_NAMES, "aliases", "schedule", "schema", "backoff"];

function checkDefinition(name: unknown, options: unknown, perform: unknown): void {
  if (typeof name !== "string" || name === "") {
    throw new JobDefinitionError(show(name), "defineJob needs a name, an options object and a function to perform.");
  }
  if (options === null || typeof options !== "object") {
    throw new JobDefinitionError(
      name,
      `defineJob's second argument is ${show(options)}; pass {} where there are no options.`,
    );
  }
  for (const option of Object.keys(options)) {
    if (OPTION_NAMES.includes(option)) continue;
    throw new JobDefinitionError(name, `defineJob has no option "${option}". It has ${OPTION_NAMES.join(", ")}.`);
  }
  if (typeof perform !== "function") {
    throw new JobDefinitionError(name, `defineJob's third argument is ${show(perform)}; pass the function to perform.`);
  }
}

type ObjectOf<T> = T extends object ? T : never;
