// Runs a command line to its exit code.

import { failureMessage } from "../job/failure-message.ts";
import { cleanText } from "./clean-text.ts";
import type { Io } from "./io.ts";
import { CommandFailed, UsageError } from "./usage-error.ts";

/**
 * Runs what stands after `wheelwright` on a command line.
 *
 * Returns: the exit code: 0 done, 1 it could not be done, 2 wrong usage. What went wrong is told on stderr, without a stack.
 * Never rejects.
 */
export async function run(argv: readonly string[], io: Io, version: string): Promise<number> {
  const { programFor, hasPrinted } = await import("./program.ts");
  let code = 0;
  const program = programFor(io, version, (given) => {
    code = given;
  });
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    if (hasPrinted(error)) return 0;
    io.stderr.write(`${textOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** One line for wrong usage. Other errors may have several: a missing table's has the statements that make it. */
function textOf(error: unknown): string {
  const text = withCause(error);
  if (error instanceof UsageError) return cleanText(text.startsWith("wheelwright") ? text : `wheelwright: ${text}`);
  return `wheelwright: ${text.split("\n").map(cleanText).join("\n")}`;
}

/** The message, and why, where it does not say so itself. */
function withCause(error: unknown): string {
  if (!(error instanceof Error)) return failureMessage(error);
  if (error instanceof CommandFailed || error instanceof UsageError) return error.message;
  const cause = error.cause instanceof Error ? causeText(error.cause) : "";
  return cause === "" || error.message.includes(cause) ? error.message : `${error.message} (${cause})`;
}

/** A refused connection to a name with several addresses has no message of its own. */
function causeText(cause: Error): string {
  return cause.message || String((cause as { code?: unknown }).code ?? ""); // `as`: asked for what Node.js adds
}
