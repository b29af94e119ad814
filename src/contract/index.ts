// The door "wheelwright/contract": re-exports only.

export type { JobStore } from "../store/job-store.ts";
export { aJob, type JobDraft } from "./a-job.ts";
export type { TestRunner, TestRunnerIt, TransactionSupport } from "./contract.ts";
export { type DescribeJobStoreOptions, describeJobStore, type OpenRequest } from "./describe-job-store.ts";
