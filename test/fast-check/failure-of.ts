// How a property fails: the text that a user reads.

import * as fc from "fast-check";

/** Throws when it holds. */
export async function failureOf<Values>(property: fc.IAsyncPropertyWithHooks<Values>): Promise<string> {
  const details = await fc.check(property, { seed: 1, numRuns: 200 });
  if (!details.failed) throw new Error("The property holds, and was to fail.");
  const text = await fc.asyncDefaultReportMessage(details);
  const cause = details.errorInstance instanceof Error ? details.errorInstance.cause : undefined;
  return `${text}\n${String(details.errorInstance)}\n${String(cause)}`;
}
