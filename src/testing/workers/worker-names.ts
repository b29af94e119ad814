// What kit.workers is given: a count, or a name for each.

import { InvalidOptionError } from "../../job/errors.ts";
import { countOf, textOf } from "../../job/options.ts";

/** The names of the workers to make. Throws: InvalidOptionError for none, for a name that comes twice, for a mixture. */
export function workerNames(given: readonly unknown[]): readonly string[] {
  const [first] = given;
  if (given.length === 0 || (typeof first === "number" && given.length > 1))
    throw new InvalidOptionError(
      "kit.workers' list of arguments",
      given,
      'a count, or a name for each: kit.workers(2) or kit.workers("slow", "quick")',
    );
  if (typeof first === "number")
    return Array.from({ length: countOf(first, "kit.workers' count", 1) }, (_, index) => `worker-${index + 1}`);
  const names = given.map((name) => textOf(name, "a worker's name", 100));
  if (new Set(names).size < names.length)
    throw new InvalidOptionError(
      "kit.workers' list of names",
      names,
      "a name of its own for each, by which a job tells who holds it",
    );
  return names;
}
