// Reads the point at which a fault is to strike: one that is misspelt would never be met.

import { requireKnown } from "../../engine/known-options.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import { FaultUsageError } from "./errors.ts";

/** A point whose types have been checked. */
export interface AnyPoint {
  readonly nth?: number | undefined;
  readonly at?: "claim" | "settle" | undefined;
  readonly before?: readonly unknown[] | undefined;
  readonly after?: readonly unknown[] | undefined;
}

export type Place = "claim" | "settle" | "before" | "after";

const KNOWN = new Set(["at", "before", "after", "nth"]);
const POINTS = '{ at: "claim" }, { at: "settle" }, { before: [effect, "method"] } or { after: [effect, "method"] }';

/** Throws: InvalidOptionError for what is no point, or more than one; FaultUsageError for a method that is not there. */
export function placeOf(
  verb: string,
  point: AnyPoint,
): { readonly place: Place; readonly effect: object | null; readonly method: string } {
  if (point === null || typeof point !== "object") throw new InvalidOptionError(`${verb}'s point`, point, POINTS);
  requireKnown(point, verb, KNOWN);
  const { at, before, after } = point;
  if ([at, before, after].filter((place) => place !== undefined).length > 1)
    throw new InvalidOptionError(`${verb}'s point`, point, `one place only: ${POINTS}`);
  if (at === "claim" || at === "settle") return { place: at, effect: null, method: "" };
  const place = before === undefined ? "after" : "before";
  const given: unknown = before ?? after;
  if (!Array.isArray(given)) throw new InvalidOptionError(`${verb}'s point`, point, POINTS);
  const [effect, method]: unknown[] = given;
  if (effect === null || typeof effect !== "object" || typeof method !== "string")
    throw new InvalidOptionError(
      `${verb}'s ${place}`,
      given,
      'an effect and the name of one of its methods: [gateway, "charge"]',
    );
  if (typeof Reflect.get(effect, method) !== "function")
    throw new FaultUsageError(`The effect of kit.faults.${verb} has no method "${method}".`);
  return { place, effect, method };
}
