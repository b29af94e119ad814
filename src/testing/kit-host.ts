// A kit that a proof plays by itself: its errors advise what can be done in the call of the proof.

export interface KitHost {
  /** As messages call it: `checkIdempotent`. */
  readonly name: string;
  /** Where a class that is missing is to be named. */
  readonly listedIn: (jobName: string) => string;
  /** By which option of it jobs are enqueued, in words. */
  readonly enqueues: string;
}

export const checkIdempotentHost: KitHost = {
  name: "checkIdempotent",
  listedIn: (jobName) => `checkIdempotent({ jobs: [${jobName}] })`,
  enqueues: "enqueue",
};

export const exploreHost: KitHost = {
  name: "explore",
  listedIn: (jobName) => `explore({ jobs: [${jobName}] })`,
  enqueues: "scenario",
};

export const idempotencyPropertyHost: KitHost = {
  name: "idempotencyProperty",
  listedIn: (jobName) => `idempotencyProperty(…, { jobs: [${jobName}] })`,
  enqueues: "data",
};
