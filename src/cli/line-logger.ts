// The logger of jobs that bring none: a line for each thing worth telling.

import { inspect } from "node:util";
import { failureMessage } from "../job/failure-message.ts";
import { cleanJson, cleanText } from "./clean-text.ts";
import type { Io, Output } from "./io.ts";

type Level = "info" | "warn" | "error";
type Fields = Readonly<Record<string, unknown>>;

export interface LineLogger {
  debug(message: string, fields: Fields): void;
  info(message: string, fields: Fields): void;
  warn(message: string, fields: Fields): void;
  error(message: string, fields: Fields): void;
}

/** Told in this order and by these names; what else a handler logs follows. */
const NAMES: Readonly<Record<string, string>> = { jobId: "job", queue: "queue", attempt: "attempt", durationMs: "ms" };

/** Information to stdout unless `quiet`, warnings and errors to stderr, with the stack of what was thrown. */
export function lineLogger(io: Pick<Io, "stdout" | "stderr" | "clock">, quiet: boolean): LineLogger {
  const to = (output: Output, level: Level) => (message: string, fields: Fields) =>
    writeLine(
      output,
      io.clock.now(),
      level,
      `${cleanText(message)}${fieldsText(unsaid(message, fields))}${stackText(fields.error)}`,
    );
  return {
    debug() {},
    info: quiet ? () => undefined : to(io.stdout, "info"),
    warn: to(io.stderr, "warn"),
    error: to(io.stderr, "error"),
  };
}

/** `2030-01-01T00:00:00.000Z info  SendEmailJob completed`; the text must be clean already. */
export function writeLine(output: Output, at: Date, level: Level, text: string): void {
  output.write(`${at.toISOString()} ${level.padEnd(5)} ${text}\n`);
}

/** The fields that the message does not tell by itself: the engine's lines end in the error, a handler's need not. */
function unsaid(message: string, { jobClass: _, error, runAt, ...fields }: Fields): Fields {
  const reason = error === undefined ? undefined : failureMessage(error);
  return {
    ...fields,
    ...(runAt === undefined || message.includes(String(runAt)) ? {} : { runAt }),
    ...(reason === undefined || message.includes(reason) ? {} : { error: reason }),
  };
}

function fieldsText(fields: Fields): string {
  const known = Object.keys(NAMES).filter((name) => name in fields);
  const others = Object.keys(fields).filter((name) => !(name in NAMES));
  return [...known, ...others].map((name) => ` ${cleanText(NAMES[name] ?? name)}=${valueText(fields[name])}`).join("");
}

function valueText(value: unknown): string {
  if (typeof value === "string") return /^[\w.:@/+-]+$/.test(value) ? value : cleanJson(value);
  if (value instanceof Error) return valueText(failureMessage(value)); // JSON makes {} of it.
  if (typeof value !== "object") return cleanText(inspect(value)); // JSON knows no undefined, function, symbol or BigInt.
  try {
    return cleanJson(value);
  } catch {
    return cleanText(failureMessage(value));
  }
}

/** Where it was thrown, without the message, which the line has. */
function stackText(error: unknown): string {
  if (!(error instanceof Error) || typeof error.stack !== "string") return "";
  const frames = error.stack.split("\n").filter((line) => /^\s+at /.test(line));
  return frames.map((frame) => `\n${cleanText(frame)}`).join("");
}
