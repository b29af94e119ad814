// One line of a timeline, before it is laid out: what happened to which job, in words.

import { formatDuration } from "../../job/duration.ts";
import { failureMessage } from "../../job/failure-message.ts";
import type { KitEvent, KitFault, KitLogLine } from "../journal.ts";

export interface Step {
  /** Milliseconds that the test had advanced the clock by then. */
  readonly offsetMs: number;
  readonly jobId: string;
  readonly jobClass: string;
  /** One character, for the eye: what kind of step it is. */
  readonly mark: string;
  readonly text: string;
  /** Equal for steps that tell the same of different jobs, or of different attempts of one. */
  readonly likeness: string;
}

export interface Words {
  /** `#3`. */
  label(jobId: string): string;
  /** A length of time, as it is to be told. */
  length(ms: number): string;
}

/**
 * What an event tells. `started`: the claim that it ends, where nothing lay between the two: they are one step then.
 * `rescued`: the rescue that it follows from.
 */
export function stepOf(
  event: KitEvent,
  words: Words,
  { started, rescued }: { readonly started?: KitEvent | undefined; readonly rescued?: KitEvent | undefined } = {},
): Step {
  const [mark, text, likeness] = told(event, words, started !== undefined, rescued);
  return {
    offsetMs: event.advancedMs,
    jobId: event.jobId,
    jobClass: event.jobClass,
    mark,
    text,
    likeness: `${mark} ${event.jobClass} ${likeness ?? text}`,
  };
}

/** A line that a handler logged. */
export function logStep(line: KitLogLine, jobId: string): Step {
  const text = `${line.level}: ${line.message}`;
  const jobClass = String(line.fields.jobClass ?? "");
  return { offsetMs: line.advancedMs, jobId, jobClass, mark: "·", text, likeness: `· ${jobClass} ${text}` };
}

/** A fault that struck. */
export function faultStep({ advancedMs: offsetMs, jobId, jobClass, fault: text }: KitFault): Step {
  return { offsetMs, jobId, jobClass, mark: "↯", text, likeness: `↯ ${jobClass} ${text}` };
}

type Told = readonly [mark: string, text: string, likeness?: string];

function told(event: KitEvent, words: Words, isWhole: boolean, rescued: KitEvent | undefined): Told {
  switch (event.type) {
    case "enqueued":
      return enqueued(event, words);
    case "deduplicated":
      return ["=", `enqueued again${by(event, words)}: deduplicated`, `deduplicated ${event.parentId === undefined}`];
    case "claimed":
      return ["→", attemptOf(event), "starts"];
    case "completed":
      return completed(event, isWhole);
    case "retried":
      return threw("↻", event, isWhole, rescued, `again in ${formatDuration(waitOf(event))}`);
    case "failed":
      return threw("✗", event, isWhole, rescued, "failed for good");
    case "rescued":
      return ["!", `claim taken back: ${failureMessage(event.error)}`];
    case "released":
      return ["←", "claim handed back, its attempt too"];
    case "lost":
      return ["!", `${attemptOf(event)} came too late: its claim was lost`, "lost"];
    case "progress":
      return progress(event);
  }
}

function enqueued(event: KitEvent, words: Words): Told {
  const queue = event.queue === "default" ? "" : ` in "${event.queue}"`;
  const wait = waitOf(event);
  const due = wait > 0 ? `, due in ${words.length(wait)}` : "";
  return ["+", `enqueued${by(event, words)}${queue}${due}`, `enqueued ${event.parentId === undefined}${queue}${due}`];
}

function completed(event: KitEvent, isWhole: boolean): Told {
  const took = event.durationMs ?? 0;
  const after = took > 0 ? ` after ${formatDuration(took, 5)}` : "";
  const attempt = isWhole && event.attempt > 1 ? ` in ${attemptOf(event)}` : "";
  return ["✓", `completed${attempt}${after}`, `completed${after}`];
}

function threw(mark: string, event: KitEvent, isWhole: boolean, rescued: KitEvent | undefined, next: string): Told {
  const message = failureMessage(event.error).replaceAll(/\s*\n\s*/g, " ");
  const attempt = isWhole ? `${attemptOf(event)} ` : "";
  const what = rescued === undefined ? `${attempt}threw "${message}"` : `claim taken back: ${message}`;
  return [mark, `${what}, ${next}`, `threw "${message}", ${next}`];
}

function progress({ progress: at }: KitEvent): Told {
  if (at === null || at === undefined) return ["·", "progress"];
  const message = at.message === null ? "" : `: ${at.message}`;
  return ["·", `${at.percentage} % (${at.processed} of ${at.total})${message}`, "progress"];
}

function attemptOf({ attempt, maxRetries }: KitEvent): string {
  return `attempt ${attempt} of ${maxRetries}`;
}

function by({ parentId }: KitEvent, words: Words): string {
  return parentId === undefined ? "" : ` by ${words.label(parentId)}`;
}

function waitOf({ runAt, at }: KitEvent): number {
  return (runAt?.getTime() ?? at.getTime()) - at.getTime();
}
