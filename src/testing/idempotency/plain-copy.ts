// What is observed of a run, kept for the comparison. Two objects that keep their state to themselves would be equal,
// whatever is in them.

import { types } from "node:util";
import { InvalidOptionError } from "../../job/errors.ts";
import { failureMessage } from "../../job/failure-message.ts";
import { isPlainObject } from "../../job/not-json.ts";
import { CannotJudgeError } from "./errors.ts";

/**
 * A copy, which the next reset does not change. Throws: CannotJudgeError for `undefined`, and for what a comparison cannot
 * see into; InvalidOptionError for what cannot be copied.
 */
export function plainCopy(observed: unknown, who: string): unknown {
  if (observed === undefined)
    throw new CannotJudgeError(
      `${who} cannot judge these jobs: observe gave undefined, and would whatever the jobs do. Is a "return" missing? Let it give what can be seen of the jobs' work, such as rows, mails or charges.`,
    );
  const problem = problemAt(observed, "observed", new Set());
  if (problem !== null)
    throw new CannotJudgeError(
      `${who} cannot judge these jobs: ${problem}. Let observe give plain values in its place, awaited: rows, numbers, texts.`,
    );
  try {
    return structuredClone(observed);
  } catch (error) {
    throw new InvalidOptionError(`what ${who}'s observe gives`, observed, `plain values (${failureMessage(error)})`);
  }
}

/** What is wrong with the first value that a comparison sees nothing of, or would not come to an end with; null where all is well. */
function problemAt(value: unknown, path: string, around: Set<object>): string | null {
  if (typeof value === "function") return hidden(path, "a function");
  if (typeof value !== "object" || value === null) return null;
  if (around.has(value)) return `${path} is an object that it is itself within`;
  const members = membersOf(value);
  if (members.length === 0 && !isSeenInto(value))
    return hidden(path, `a ${value.constructor?.name || "class instance"}`);
  around.add(value);
  for (const [name, member] of members) {
    const problem = problemAt(member, `${path}${name}`, around);
    if (problem !== null) return problem;
  }
  around.delete(value);
  return null;
}

function hidden(path: string, what: string): string {
  return `${path} is ${what}, of which nothing can be compared, so that it would be the same whatever the jobs do`;
}

/** With the text that leads to each. */
function membersOf(value: object): readonly (readonly [name: string, member: unknown])[] {
  if (ArrayBuffer.isView(value)) return [];
  if (Array.isArray(value)) return value.map((member, index) => [`[${index}]`, member]);
  if (types.isSet(value)) return [...value].map((member) => [" (a member of the set)", member]);
  if (types.isMap(value))
    return [...value].flatMap(([key, member], index) => [
      [" (a key of the map)", key],
      [typeof key === "string" ? `.get(${JSON.stringify(key)})` : ` (value ${index + 1} of the map)`, member],
    ]);
  return Object.entries(value).map(([name, member]) => [`.${name}`, member]);
}

/** Whether it has nothing but what is seen of it, though no members. */
function isSeenInto(value: object): boolean {
  return (
    isPlainObject(value) ||
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isBoxedPrimitive(value) ||
    types.isDate(value) ||
    types.isMap(value) ||
    types.isNativeError(value) ||
    types.isRegExp(value) ||
    types.isSet(value)
  );
}
