// Options by name: one that is misspelt must not pass, for a filter that is not seen means everything.

import { InvalidOptionError } from "../job/errors.ts";

/**
 * Refuses options that are no object, or have a name that is not known.
 * `whose`: what they are the options of, for the message. Throws: InvalidOptionError.
 */
export function requireKnown(options: unknown, whose: string, known: ReadonlySet<string>): void {
  if (options === null || typeof options !== "object")
    throw new InvalidOptionError(`${whose}'s options`, options, "an object");
  for (const name of Object.keys(options)) {
    if (known.has(name)) continue;
    const value: unknown = Reflect.get(options, name);
    throw new InvalidOptionError(`${whose}'s option "${name}"`, value, `one of ${[...known].join(", ")}`);
  }
}
