// What the compiler accepts as entries of enqueueMany. Checked by `npm run types`; nothing in here is run.

import { describe, it } from "vitest";
import { type EnqueueEntry, Job, type Jobs } from "../../src/index.ts";

class PingJob extends Job {
  override perform(): void {}
}

class SendEmailJob extends Job<{ to: string }> {
  override perform(): void {}
}

class PackOrderJob extends Job<{ orderId: number; due?: Date }> {
  override perform(): void {}
}

declare const jobs: Jobs;

describe("enqueueMany", () => {
  it("checks each entry against its own class", () => {
    void jobs.enqueueMany([
      [SendEmailJob, { to: "ada@example.org" }],
      [new SendEmailJob(), { to: "ada@example.org" }, { delay: 5 }],
      [PackOrderJob, { orderId: 1 }],
      [PingJob],
    ]);
    // @ts-expect-error: another class's data
    void jobs.enqueueMany([[PackOrderJob, { to: "ada@example.org" }]]);
    // @ts-expect-error: the data is missing
    void jobs.enqueueMany([[PingJob], [SendEmailJob]]);
    // @ts-expect-error: JSON cannot keep a Date
    void jobs.enqueueMany([[PackOrderJob, { orderId: 1, due: new Date(0) }]]);
    // @ts-expect-error: no such option
    void jobs.enqueueMany([[SendEmailJob, { to: "ada@example.org" }, { wait: 5 }]]);
  });

  it("takes what map makes, without a cast", () => {
    void jobs.enqueueMany(["ada", "grace"].map((to, index) => [SendEmailJob, { to }, { delay: index }]));
    // @ts-expect-error: another class's data
    void jobs.enqueueMany(["ada", "grace"].map((orderId) => [PackOrderJob, { orderId }]));
  });

  it("takes a list put together at run time", () => {
    const entries: EnqueueEntry[] = [];
    entries.push([PingJob], [SendEmailJob, { to: "ada@example.org" }]);
    void jobs.enqueueMany(entries);
    void jobs.enqueueMany([]);
  });
});
