// What is stored of a thrown value: one printable message (R22, R26). Nothing in here can throw.

import { inspect, types } from "node:util";
import { cutText } from "./cut-text.ts";

const MAX_LENGTH = 1000;
const MAX_MEMBERS = 5;
const MAX_MEMBER_LENGTH = 150;

/**
 * The message of whatever was thrown, fit for every store: at most 1000 characters, cut at no half of a surrogate
 * pair, lone surrogates replaced, U+0000 shown as ␀. An AggregateError lists its first five members, up to 150
 * characters of each.
 * Never throws and never returns an empty string, whatever the value's getters do.
 */
export function failureMessage(thrown: unknown): string {
  try {
    return printable(describe(thrown, true));
  } catch {
    return "an error that cannot be shown";
  }
}

/** Makes any text storable: see failureMessage. Both replacements keep the length, so it is cut before they look at it. */
export function printable(text: string): string {
  return cutText(text, MAX_LENGTH).toWellFormed().replaceAll("\u0000", "␀");
}

function describe(thrown: unknown, withMembers: boolean): string {
  if (thrown === null || thrown === undefined) return `${thrown} was thrown`;
  if (typeof thrown === "string") return thrown || "an empty string was thrown";
  if (typeof thrown === "function") return describeFunction(thrown);
  if (typeof thrown !== "object") return String(thrown);
  const own = ownMessage(thrown);
  const errors = withMembers ? read(thrown, "errors") : undefined;
  if (Array.isArray(errors) && errors.length > 0) return `${own || "several errors"}: ${members(errors)}`;
  return own || inspect(thrown, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
}

/** `throw DiscardJob` without `new`: the class's source would say nothing to whoever reads the row. */
function describeFunction(thrown: object): string {
  const name = read(thrown, "name");
  return typeof name === "string" && name !== ""
    ? `${name} itself was thrown; write: throw new ${name}(…)`
    : "a function was thrown";
}

/** The message, else the name of an error that has none; empty for objects that are no errors. */
function ownMessage(thrown: object): string {
  const message = read(thrown, "message");
  if (typeof message === "string" && message !== "") return message;
  const name = types.isNativeError(thrown) ? read(thrown, "name") : undefined;
  return typeof name === "string" ? name : "";
}

/** A getter that throws hides its own property only, not the others. */
function read(thrown: object, property: string): unknown {
  try {
    return Reflect.get(thrown, property);
  } catch {
    return undefined;
  }
}

// One level only: an AggregateError may hold itself.
function members(errors: readonly unknown[]): string {
  const shown = errors.slice(0, MAX_MEMBERS).map((error) => `[${member(error)}]`);
  const more = errors.length - shown.length;
  return `${shown.join(" ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function member(error: unknown): string {
  try {
    return cutText(describe(error, false), MAX_MEMBER_LENGTH);
  } catch {
    return "an error that cannot be shown";
  }
}
