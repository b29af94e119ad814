// What is stored of a thrown value: one printable message (R22, R26). Nothing in here can throw.

import { inspect } from "node:util";

const MAX_LENGTH = 1000;
const MAX_MEMBERS = 5;

/**
 * The message of whatever was thrown, fit for every store: at most 1000 characters, cut at no half of a surrogate
 * pair, lone surrogates replaced, U+0000 shown as ␀. An AggregateError lists its first members.
 * Never throws and never returns an empty string, whatever the value's getters do.
 */
export function failureMessage(thrown: unknown): string {
  let message: string;
  try {
    message = describe(thrown);
  } catch {
    message = "an error that cannot be shown";
  }
  return printable(message);
}

/** Makes any text storable: see failureMessage. */
export function printable(text: string): string {
  const shown = text.toWellFormed().replaceAll("\u0000", "␀");
  if (shown.length <= MAX_LENGTH) return shown;
  const kept = shown.slice(0, MAX_LENGTH - 1);
  const last = kept.charCodeAt(kept.length - 1);
  const half = last >= 0xd800 && last <= 0xdbff;
  return `${half ? kept.slice(0, -1) : kept}…`;
}

function describe(thrown: unknown): string {
  if (thrown === null || thrown === undefined) return `${thrown} was thrown`;
  if (typeof thrown === "string") return thrown || "an empty string was thrown";
  if (typeof thrown !== "object") return String(thrown);
  const { message, name, errors } = thrown as { message?: unknown; name?: unknown; errors?: unknown };
  const own =
    typeof message === "string" && message !== "" ? message : typeof name === "string" && name !== "" ? name : "";
  if (Array.isArray(errors)) return `${own || "several errors"}: ${members(errors)}`;
  return own || inspect(thrown, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
}

function members(errors: readonly unknown[]): string {
  const shown = errors.slice(0, MAX_MEMBERS).map((error) => failureMessage(error));
  const more = errors.length - shown.length;
  return `${shown.map((text) => `[${text}]`).join(" ")}${more > 0 ? ` and ${more} more` : ""}`;
}
