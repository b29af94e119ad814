// The door "wheelwright/fast-check".

export { type BackoffOptions, backoffProperty } from "./backoff-property.ts";
export { type ClaimOrderOptions, claimOrderProperty } from "./claim-order-property.ts";
export { cronExpressions, type ScheduleArbitraryOptions, schedules } from "./cron-expressions.ts";
export { enqueueOptions } from "./enqueue-options.ts";
export { PropertyFailedError } from "./errors.ts";
export { type FailurePlan, failurePlans, type PlannedAttempt, playing } from "./failure-plans.ts";
export { type IdempotencyOptions, idempotencyProperty } from "./idempotency-property.ts";
export { type JobDataOptions, jobData } from "./job-data.ts";
export { type SameAnswersOptions, sameAnswersProperty } from "./same-answers-property.ts";
export { type StoreCommand, storeCommands } from "./store-commands.ts";
export { StorePlayer } from "./store-player.ts";
