// The steps of a timeline: events in their order, those that belong together as one.

import { type Entry, isEvent, isFault, type KitEvent } from "../journal.ts";
import { faultStep, logStep, type Step, stepOf, type Words } from "./step.ts";

const ENDS: readonly KitEvent["type"][] = ["completed", "retried", "failed", "lost"];

/**
 * An attempt that ended where it started, with nothing in between, is one step; so is a rescue and what came of it.
 * `includes`: which jobs to tell of.
 */
export function stepsOf(entries: readonly Entry[], words: Words, includes: (entry: Entry) => boolean): readonly Step[] {
  const told = entries.filter(includes);
  const steps: Step[] = [];
  for (let index = 0; index < told.length; index++) {
    const entry = told[index];
    const next = told[index + 1];
    if (entry === undefined) continue;
    if (isFault(entry)) {
      steps.push(faultStep(entry));
    } else if (!isEvent(entry)) {
      steps.push(logStep(entry, String(entry.fields.jobId ?? "")));
    } else if (entry.type === "claimed" && isEndOf(entry, next)) {
      steps.push(stepOf(next, words, { started: entry }));
      index++;
    } else if (entry.type === "rescued" && isEndOf(entry, next)) {
      steps.push(stepOf(next, words, { rescued: entry }));
      index++;
    } else {
      steps.push(stepOf(entry, words));
    }
  }
  return steps;
}

function isEndOf(start: KitEvent, next: Entry | undefined): next is KitEvent {
  return (
    next !== undefined &&
    isEvent(next) &&
    ENDS.includes(next.type) &&
    next.jobId === start.jobId &&
    next.advancedMs === start.advancedMs
  );
}
