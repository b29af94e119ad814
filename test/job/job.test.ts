import { describe, expect, it, vi } from "vitest";
import { type AmbientJobs, runInScope } from "../../src/job/ambient.ts";
import { defineJob } from "../../src/job/define-job.ts";
import { InvalidOptionError, JobDefinitionError, NoJobsError, NotImplementedError } from "../../src/job/errors.ts";
import {
  type AnyJobClass,
  aliasesOf,
  classOf,
  isJob,
  isJobClass,
  Job,
  nameOf,
  requirePerform,
} from "../../src/job/job.ts";
import type { EnqueuedJob } from "../../src/job/record.ts";

class SendEmailJob extends Job<{ to: string }> {
  override perform(): void {}
}

class PingJob extends Job {
  override perform(): void {}
}

/** What reaches the Jobs of the scope. */
async function enqueuedBy(call: () => Promise<unknown>): Promise<unknown[]> {
  const calls: unknown[] = [];
  const jobs: AmbientJobs = {
    async enqueueFrom(...call) {
      calls.push(call);
      return {} as EnqueuedJob;
    },
  };
  await runInScope({ jobs, attempt: null, kit: null }, call);
  return calls;
}

describe("Job", () => {
  it("R3 can be made without arguments, and runs config() first", () => {
    const order: string[] = [];
    class OrderedJob extends PingJob {
      field = order.push("field");
      constructor() {
        super();
        order.push("constructor");
      }
      override config(): void {
        super.config();
        order.push("config");
      }
    }

    new OrderedJob();

    expect(order).toEqual(["config", "field", "constructor"]);
    expect(Object.keys(new PingJob())).toEqual([]);
  });

  it("R3 tells which class's config() threw, whatever it threw", () => {
    const cause = new Error("no env");
    class BrokenJob extends PingJob {
      override config(): void {
        throw cause;
      }
    }
    class OddJob extends PingJob {
      override config(): void {
        // biome-ignore lint/style/useThrowOnlyError: it is what is asked about
        throw null;
      }
    }

    expect(() => new BrokenJob()).toThrow(JobDefinitionError);
    expect(() => new BrokenJob()).toThrow("Job class BrokenJob cannot be used: its config() threw: no env");
    expect(() => new BrokenJob()).toThrow(expect.objectContaining({ cause }));
    expect(() => new OddJob()).toThrow("its config() threw: null was thrown");
  });

  it("R3 refuses an async config(), whose settings would come too late", async () => {
    class LateJob extends PingJob {
      override async config(): Promise<void> {
        await null;
        throw new Error("never seen, and no unhandled rejection either");
      }
    }

    expect(() => new LateJob()).toThrow("Job class LateJob cannot be used: its config() is async");
    await new Promise(setImmediate);
  });

  it("R21 has the usual formula for its backoff, of its own delays", () => {
    class SlowJob extends PingJob {
      override baseDelay = 10;
      override maxDelay = 60;
    }

    expect([1, 2, 3, 12].map((attempt) => new PingJob().backoff(attempt, null))).toEqual([4, 8, 16, 3600]);
    expect([1, 2, 3].map((attempt) => new SlowJob().backoff(attempt, null))).toEqual([20, 40, 60]);
    expect(Object.assign(new PingJob(), { baseDelay: "1m" }).backoff(1, null)).toBe(120);
  });

  it("tells the name it is stored under", () => {
    class RenamedJob extends PingJob {
      static override jobName = "mail.send";
    }

    expect(new PingJob().jobName).toBe("PingJob");
    expect(new RenamedJob().jobName).toBe("mail.send");
  });
});

describe("enqueue", () => {
  it("goes to the Jobs of the scope with class, data and options as they were given", async () => {
    const data = { to: "a" };
    const options = { queue: "mail" };

    expect(await enqueuedBy(() => SendEmailJob.enqueue(data, options))).toEqual([[SendEmailJob, data, options]]);
    expect(await enqueuedBy(() => PingJob.enqueue())).toEqual([[PingJob, undefined, undefined]]);
  });

  it("takes the same from an instance, with the instance's settings", async () => {
    const job = new SendEmailJob();

    expect(await enqueuedBy(() => job.enqueue({ to: "a" }))).toEqual([[job, { to: "a" }, undefined]]);
  });

  it.each<[string, unknown]>([
    ["a class", PingJob],
    ["an instance", new PingJob()],
    ["a defined job", defineJob("Ping", {}, () => {})],
  ])("R4 adds the delay or the instant to the options, for %s", async (_, made) => {
    const job = made as typeof PingJob; // `as`: the methods of class and instance are alike
    const runAt = new Date(5);

    expect(await enqueuedBy(() => job.enqueueIn(5, { a: 1 }, { queue: "q" }))).toEqual([
      [job, { a: 1 }, { queue: "q", delay: 5 }],
    ]);
    expect(await enqueuedBy(() => job.enqueueIn("5m"))).toEqual([[job, undefined, { delay: "5m" }]]);
    expect(await enqueuedBy(() => job.enqueueIn(0))).toEqual([[job, undefined, { delay: 0 }]]);
    expect(await enqueuedBy(() => job.enqueueAt(runAt, {}, { id: "x" }))).toEqual([[job, {}, { id: "x", runAt }]]);
  });

  it("leaves the caller's options as they are", async () => {
    const options = Object.freeze({ queue: "q" });

    await enqueuedBy(() => PingJob.enqueueIn(5, {}, options));

    expect(options).toEqual({ queue: "q" });
  });

  it.each([
    ["no delay", () => PingJob.enqueueIn(undefined as never), "enqueueIn's delay is undefined"],
    ["no instant", () => PingJob.enqueueAt(undefined as never), "enqueueAt's runAt is undefined"],
    [
      "a second delay",
      () => PingJob.enqueueIn(5, {}, { delay: 10 }),
      "enqueueIn's option delay is 10; expected no delay",
    ],
    [
      "an instant beside it",
      () => PingJob.enqueueIn(5, {}, { runAt: new Date(0) }),
      "enqueueIn's option runAt is 1970",
    ],
    [
      "a delay beside it",
      () => new PingJob().enqueueAt(new Date(0), {}, { delay: 5 }),
      "enqueueAt's option delay is 5",
    ],
  ])("R4 rejects %s", async (_, call, message) => {
    await expect(enqueuedBy(call)).rejects.toThrow(InvalidOptionError);
    await expect(enqueuedBy(call)).rejects.toThrow(message);
  });

  it("rejects, and never throws, where there is no Jobs and where it was taken out of its class", async () => {
    const { enqueue } = PingJob;

    await expect(PingJob.enqueue()).rejects.toThrow(NoJobsError);
    await expect(enqueue.call(undefined as never)).rejects.toThrow("a job class: call it as SomeJob.enqueue(…)");
    await expect(enqueue.call(class Mailer {} as never)).rejects.toThrow(InvalidOptionError);
  });

  it("returns the very promise that the Jobs gave, so that a kit can watch it", () => {
    const promise = Promise.resolve({} as EnqueuedJob);

    const returned = runInScope({ jobs: { enqueueFrom: () => promise }, attempt: null, kit: null }, () =>
      PingJob.enqueue(),
    );

    expect(returned).toBe(promise);
  });
});

describe("nameOf", () => {
  it("R3 is a static jobName of the class's own, else the class's name", () => {
    class RenamedJob extends PingJob {
      static override jobName = "mail.send";
    }
    class ChildJob extends RenamedJob {}

    expect([PingJob, RenamedJob, ChildJob].map(nameOf)).toEqual(["PingJob", "mail.send", "ChildJob"]);
    expect(nameOf(new RenamedJob())).toBe("mail.send");
  });
});

describe("aliasesOf", () => {
  it("R3 are the class's own", () => {
    class OldJob extends PingJob {
      static override aliases = ["Ping"];
    }
    class ChildJob extends OldJob {}

    expect([PingJob, OldJob, ChildJob].map(aliasesOf)).toEqual([[], ["Ping"], []]);
  });
});

describe("isJobClass and isJob", () => {
  const hostile = new Proxy(class {}, {
    get: () => {
      throw new Error("no");
    },
  });

  it("know job classes and their instances", () => {
    const defined = defineJob("Defined", {}, () => {});

    for (const jobClass of [PingJob, SendEmailJob, defined, Job])
      expect([isJobClass(jobClass), isJob(jobClass)]).toEqual([true, false]);
    for (const job of [new PingJob(), new defined()]) expect([isJobClass(job), isJob(job)]).toEqual([false, true]);
    for (const other of [class Mailer {}, () => {}, {}, null, undefined, "PingJob", hostile]) {
      expect([isJobClass(other), isJob(other)]).toEqual([false, false]);
    }
  });

  it("take a function for a class or for nothing, never for an instance", () => {
    const callable = Object.setPrototypeOf(() => {}, PingJob.prototype);

    expect([isJobClass(callable), isJob(callable)]).toEqual([false, false]);
  });

  it("know those of another copy of the package", async () => {
    vi.resetModules();
    const copy = await import("../../src/job/job.ts");
    class OtherJob extends copy.Job {
      override perform(): void {}
    }

    expect(copy.Job).not.toBe(Job);
    expect(isJobClass(OtherJob)).toBe(true);
    expect(isJob(new OtherJob())).toBe(true);
    expect(copy.isJobClass(PingJob)).toBe(true);
    expect(await enqueuedBy(() => OtherJob.enqueue())).toEqual([[OtherJob, undefined, undefined]]);
  });
});

describe("classOf", () => {
  it("is the class, of an instance or of itself", () => {
    expect(classOf(new PingJob())).toBe(PingJob);
    expect(classOf(PingJob)).toBe(PingJob);
  });
});

describe("requirePerform", () => {
  class EmptyJob extends (Job as unknown as new () => PingJob) {}
  class ArrowJob extends (Job as unknown as new () => PingJob) {
    override perform = (): void => {};
  }

  it("R3 refuses a class without perform", () => {
    expect(() => requirePerform(EmptyJob)).toThrow(NotImplementedError);
    expect(() => requirePerform(new EmptyJob())).toThrow("Job class EmptyJob has no perform(data, context).");
    expect(() => requirePerform(PingJob)).not.toThrow();
  });

  it("sees a perform that is a field on an instance only", () => {
    expect(() => requirePerform(ArrowJob as AnyJobClass)).toThrow(NotImplementedError);
    expect(() => requirePerform(new ArrowJob())).not.toThrow();
  });
});
