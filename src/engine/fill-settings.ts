// An instance made to perform sees the settings that stand for it.

import type { AnyJob } from "../job/job.ts";
import type { JobSettings } from "../job/settings.ts";

/** So that `this.maxRetries` and `super.backoff()` see what stands, the defaults of createJobs included. */
export function fillSettings(instance: AnyJob, settings: JobSettings): void {
  if (instance.baseDelay === undefined) instance.baseDelay = settings.baseDelay;
  if (instance.maxDelay === undefined) instance.maxDelay = settings.maxDelay;
  if (instance.maxRetries === undefined) instance.maxRetries = settings.maxRetries;
  if (instance.timeout === undefined) instance.timeout = settings.timeout;
  if (instance.queue === undefined) instance.queue = settings.queue;
  if (instance.priority === undefined) instance.priority = settings.priority;
  if (instance.delay === undefined) instance.delay = settings.delay;
}
