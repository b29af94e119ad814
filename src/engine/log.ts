// Log lines (R47): pino- and console-shaped loggers are both taken, and what the engine says of each attempt.

import { failureMessage } from "../job/failure-message.ts";
import type { JobRecord } from "../job/record.ts";
import { isPromise } from "../job/schema.ts";
import type { EventHub, JobEvent } from "./events.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

/** A logger as apps have them: console's methods (message, fields) or pino's (fields, message). */
export interface Logger {
  debug?(...args: never[]): unknown;
  info(...args: never[]): unknown;
  warn(...args: never[]): unknown;
  error(...args: never[]): unknown;
}

/** Writes one line, a handler's or the engine's own. Never throws, whatever the logger does. */
export type WriteLog = (level: LogLevel, message: string, fields: LogFields, from?: "handler") => void;

/**
 * A writer for the logger given, pino-shaped or console-shaped.
 * Without a logger warnings and errors go to the console, so that a failing job is never silent.
 */
export function logTo(logger: Logger | undefined): WriteLog {
  const write =
    logger === undefined ? toConsole : takesFieldsFirst(logger) ? fieldsFirst(logger) : messageFirst(logger);
  return (level, message, fields, from) => {
    try {
      const answer = write(level, message, fields, from);
      if (isPromise(answer)) answer.then(undefined, () => undefined);
    } catch {
      // A logger that fails must not fail a job.
    }
  };
}

type Write = (...line: Parameters<WriteLog>) => unknown;

function toConsole(level: LogLevel, message: string, fields: LogFields): void {
  if (level === "warn" || level === "error") console[level](`wheelwright: ${message}`, fields);
}

function messageFirst(logger: Logger): Write {
  return (level, message, fields) => methodOf(logger, level).call(logger, message, fields);
}

/** An error goes under `err`, where pino and bunyan expect one; elsewhere they would print `{}`. */
function fieldsFirst(logger: Logger): Write {
  return (level, message, { error, ...fields }, from) => {
    const key = from === "handler" ? "error" : "err"; // A handler's fields are its own.
    return methodOf(logger, level).call(logger, error === undefined ? fields : { ...fields, [key]: error }, message);
  };
}

/** Pino's children and level check; winston and log4js have one or the other too, and take the message first. */
function takesFieldsFirst(logger: Logger): boolean {
  if ("transports" in logger || "addContext" in logger) return false;
  return "child" in logger || "isLevelEnabled" in logger;
}

function methodOf(logger: Logger, level: LogLevel): (...args: unknown[]) => unknown {
  return (logger[level] ?? logger.info) as (...args: unknown[]) => unknown; // `as`: either shape takes any arguments
}

/** The fields that every line about a job carries. */
export function jobFields(job: JobRecord): LogFields {
  return { jobId: job.id, jobClass: job.jobClass, queue: job.queue, attempt: job.attempts };
}

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** What the engine says about an event, or null where it says nothing. */
export function lineOf(event: JobEvent): LogLine | null {
  const { job } = event;
  const attempt = `attempt ${job.attempts} of ${job.maxRetries}`;
  switch (event.type) {
    case "claimed":
      return line("debug", `${job.jobClass} started, ${attempt}`, job);
    case "completed":
      return line("info", `${job.jobClass} completed`, job, { durationMs: event.durationMs });
    case "retried": {
      const error = failureMessage(event.error);
      const at = event.runAt.toISOString();
      return line("warn", `${job.jobClass} failed in ${attempt}, next at ${at}: ${error}`, job, {
        error: event.error,
        runAt: at,
      });
    }
    case "failed":
      return line("error", `${job.jobClass} failed for good in ${attempt}: ${failureMessage(event.error)}`, job, {
        error: event.error,
      });
    case "lost":
      return line("warn", `${job.jobClass} ended (${event.outcome}), but its claim was lost; nothing was stored`, job);
    default:
      return null;
  }
}

/** Writes a line for each event that has one; `quiet`: for those that went wrong only. */
export function logEvents(events: EventHub, write: WriteLog, quiet: boolean): void {
  for (const type of quiet
    ? (["retried", "failed", "lost"] as const)
    : (["claimed", "completed", "retried", "failed", "lost"] as const)) {
    events.on(type, (event) => {
      const said = lineOf(event);
      if (said !== null) write(said.level, said.message, said.fields);
    });
  }
}

function line(level: LogLevel, message: string, job: JobRecord, more: LogFields = {}): LogLine {
  return { level, message, fields: { ...jobFields(job), ...more } };
}
