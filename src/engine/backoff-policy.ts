// The backoff of a job's class as it is when the attempt fails (R21), whatever has become of the class since.

import { exponentialBackoff } from "../job/backoff.ts";
import { show } from "../job/errors.ts";
import { failureMessage } from "../job/failure-message.ts";
import type { AnyJob } from "../job/job.ts";
import type { JobRecord } from "../job/record.ts";
import { isPromise } from "../job/schema.ts";
import type { JobSettings } from "../job/settings.ts";
import { type BackoffPolicy, isUsableBackoff } from "./decide.ts";
import type { Engine } from "./engine.ts";
import { fillSettings } from "./fill-settings.ts";
import { jobFields } from "./log.ts";

/**
 * The policy for a job: its class's `backoff`, checked; the formula with the class's delays where that gives nonsense
 * or throws; R1's delays, or createJobs' defaults, for a class that is unknown or cannot be made.
 * `performed`: the instance that performed, if one was made.
 */
export function backoffPolicy(engine: Engine, job: JobRecord, performed: AnyJob | null): BackoffPolicy {
  return (attempt, error) => {
    const instance = performed ?? makeAgain(engine, job);
    const formula = ({ baseDelay, maxDelay }: JobSettings): number => exponentialBackoff(attempt, baseDelay, maxDelay);
    if (instance === null) return formula(engine.defaults);
    try {
      const seconds: unknown = instance.backoff(attempt, error);
      if (isUsableBackoff(seconds)) return seconds;
      if (isPromise(seconds)) seconds.then(undefined, () => undefined); // Not waited for, so its rejection is nobody's.
      engine.log(
        "warn",
        `${job.jobClass}.backoff(${attempt}) gave ${show(seconds)}; the usual formula is used`,
        jobFields(job),
      );
    } catch (thrown) {
      const message = `${job.jobClass}.backoff(${attempt}) threw "${failureMessage(thrown)}"; the usual formula is used`;
      engine.log("warn", message, jobFields(job));
    }
    return formula(settingsOf(engine, job, instance));
  };
}

function settingsOf(engine: Engine, job: JobRecord, instance: AnyJob): JobSettings {
  try {
    return engine.registry.settingsOf(job.jobClass, instance);
  } catch {
    return engine.defaults; // An instance whose settings were spoilt while it performed.
  }
}

function makeAgain(engine: Engine, job: JobRecord): AnyJob | null {
  try {
    const registered = engine.registry.byName(job.jobClass);
    const instance = engine.registry.create(registered.jobClass);
    fillSettings(instance, registered.settings());
    return instance;
  } catch {
    return null;
  }
}
