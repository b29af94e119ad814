// Whatever is refused, the first frame of its stack is the line that asked.

import { describe, expect, it } from "vitest";
import { createJobs, defineJob, Job, MemoryJobStore } from "wheelwright";
import { advance, drain, type TestKit } from "wheelwright/testing";
import { aKit, aSlowSchema, rejection } from "./a-kit.ts";

class NoteJob extends Job<{ n: number }> {
  override perform(): void {}
}
const Strict = defineJob("StrictJob", {}, () => undefined);
const bad = { n: 5n as unknown as number }; // `as`: what JavaScript may enqueue

const firstFrame = (error: Error): string =>
  (error.stack ?? "").slice(error.message.length).match(/\n {4}at .*/)?.[0] ?? "";

describe("the stack of a refusal", () => {
  it.each<[string, (kit: TestKit) => Promise<unknown>]>([
    ["SomeJob.enqueue", () => NoteJob.enqueue(bad)],
    ["SomeJob.enqueueIn", () => NoteJob.enqueueIn(-1, { n: 1 })],
    ["SomeJob.enqueueAt", () => NoteJob.enqueueAt(new Date(Number.NaN), { n: 1 })],
    ["job.enqueue", () => new NoteJob().enqueue(bad)],
    ["job.enqueueIn", () => new NoteJob().enqueueIn(-1, { n: 1 })],
    ["job.enqueueAt", () => new NoteJob().enqueueAt(undefined as unknown as Date, { n: 1 })], // `as`: what JavaScript may pass
    ["jobs.enqueue", (kit) => kit.jobs.enqueue(NoteJob, bad)],
    ["jobs.enqueueMany", (kit) => kit.jobs.enqueueMany([[NoteJob, bad]])],
    ["jobs.enqueueSync", async (kit) => kit.jobs.enqueueSync(NoteJob, bad)],
    ["kit.drain", (kit) => kit.drain()],
    ["kit.advance", (kit) => kit.advance("-1s")],
    ["kit.advanceTo", (kit) => kit.advanceTo("never")],
    ["kit.jump", (kit) => kit.jump("soon")],
    ["kit.runNext", (kit) => kit.runNext()],
    ["kit.stub", async (kit) => kit.stub(Strict, "complete")],
    ["kit.watch", async (kit) => kit.watch(Strict, {})],
    ["kit.expectFailure", async (kit) => kit.expectFailure(Strict)],
    ["kit.enqueued", (kit) => kit.enqueued(Strict)],
    ["kit.pending", (kit) => kit.pending(Strict)],
    ["drain", () => drain()],
    ["advance", () => advance("-1s")],
  ])("of %s begins with the caller's line", async (_what, call) => {
    const kit = await aKit([NoteJob]);

    const error = await rejection(call(kit));

    expect(firstFrame(error)).toContain("call-site.test.ts");
  });

  it("begins with the caller's line also when the schema answers later", async () => {
    const Slow = defineJob("SlowJob", { schema: aSlowSchema() }, () => undefined);
    const kit = await aKit([Slow]);

    const error = await rejection(kit.jobs.enqueue(Slow, {}, { transaction: {} }));

    expect(error).toMatchObject({ code: "TRANSACTION_NOT_SUPPORTED" });
    expect(firstFrame(error)).toContain("call-site.test.ts");
  });

  it("begins with the caller's line in an app, too", async () => {
    const jobs = createJobs({ store: new MemoryJobStore(), jobs: [NoteJob] });

    expect(firstFrame(await rejection(jobs.enqueue(NoteJob, bad)))).toContain("call-site.test.ts");
  });

  it("keeps the stack of an error that is the caller's own", async () => {
    const error = new RangeError("of the carry");
    const jobs = createJobs({
      store: new MemoryJobStore(),
      jobs: [NoteJob],
      carry: {
        capture: () => {
          throw error;
        },
        restore: (_value, run) => run(),
      },
    });
    const { stack } = error;

    await rejection(jobs.enqueue(NoteJob, { n: 1 }));

    expect(error.stack).toBe(stack);
  });
});
