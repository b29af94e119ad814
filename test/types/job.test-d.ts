// What the compiler accepts as a job's data, and where it refuses. Checked by `npm run types`; nothing in here is run.

import { describe, expectTypeOf, it } from "vitest";
import { type AnyJobClass, type DataOf, Job, type JobClass } from "../../src/job/job.ts";
import type { NoData } from "../../src/job/json-type.ts";
import type { EnqueuedJob } from "../../src/job/record.ts";

class PingJob extends Job {
  override perform(): void {}
}

interface Email {
  to: string;
  cc?: string;
}

class SendEmailJob extends Job<Email> {
  override async perform(data: Email): Promise<void> {
    expectTypeOf(data.to).toEqualTypeOf<string>();
  }
}

class OptionalJob extends Job<{ verbose?: boolean }> {
  override perform(): void {}
}

class BadJob extends Job<{ at: Date; tags: Map<string, string>; id: bigint; run: () => void; user: { born: Date } }> {
  override perform(): void {}
}

describe("enqueue", () => {
  it("lets data be left out where none is needed", () => {
    expectTypeOf(() => PingJob.enqueue()).returns.toEqualTypeOf<Promise<EnqueuedJob>>();
    expectTypeOf(() => PingJob.enqueue({})).returns.resolves.toEqualTypeOf<EnqueuedJob>();
    void (() => PingJob.enqueue(undefined, { queue: "low" }));
    void (() => new PingJob().enqueue());
    void (() => new PingJob().enqueueIn(5));
    void (() => PingJob.enqueueIn("5m"));
    void (() => PingJob.enqueueAt(new Date()));
    void (() => OptionalJob.enqueue());
    void (() => OptionalJob.enqueue({ verbose: true }));
  });

  it("wants the data that is required", () => {
    void (() => SendEmailJob.enqueue({ to: "a" }));
    void (() => SendEmailJob.enqueueIn({ minutes: 5 }, { to: "a", cc: "b" }));
    void (() => SendEmailJob.enqueueAt(new Date(), { to: "a" }, { priority: "high" }));
    // @ts-expect-error data is missing
    void (() => SendEmailJob.enqueue());
    // @ts-expect-error data is missing
    void (() => new SendEmailJob().enqueue());
    // @ts-expect-error data is missing
    void (() => SendEmailJob.enqueueIn(5));
    // @ts-expect-error data is missing
    void (() => SendEmailJob.enqueueAt(new Date()));
    // @ts-expect-error a property is missing
    void (() => SendEmailJob.enqueue({ cc: "b" }));
    // @ts-expect-error a property too many
    void (() => SendEmailJob.enqueue({ to: "a", bcc: "b" }));
    // @ts-expect-error a property of the wrong type
    void (() => new SendEmailJob().enqueue({ to: 1 }));
  });

  it("knows its options", () => {
    // @ts-expect-error no such option
    void (() => PingJob.enqueue({}, { que: "low" }));
    // @ts-expect-error no such priority
    void (() => PingJob.enqueue({}, { priority: "urgent" }));
    // @ts-expect-error a text is no instant
    void (() => PingJob.enqueueAt("2030-01-01"));
    const maybe: string | undefined = undefined as string | undefined;
    void (() => PingJob.enqueue({}, { queue: maybe }));
  });

  it("takes the same from the class and from an instance", () => {
    const job = new SendEmailJob();
    expectTypeOf(job.enqueue).parameters.toEqualTypeOf<Parameters<typeof enqueueStatic>>();
    expectTypeOf(job.enqueueIn).parameters.toEqualTypeOf<Parameters<typeof enqueueInStatic>>();
    expectTypeOf(job.enqueueAt).parameters.toEqualTypeOf<Parameters<typeof enqueueAtStatic>>();
  });

  it("R6 refuses what JSON cannot keep, at the property", () => {
    void (() =>
      BadJob.enqueue({
        // @ts-expect-error a Date
        at: new Date(),
        // @ts-expect-error a Map
        tags: new Map(),
        // @ts-expect-error a bigint
        id: 1n,
        // @ts-expect-error a function
        run: () => {},
        user: {
          // @ts-expect-error a Date, deep inside
          born: new Date(),
        },
      }));
  });
});

declare const job: SendEmailJob;
const enqueueStatic = (...args: Parameters<typeof job.enqueue>) => SendEmailJob.enqueue(...args);
const enqueueInStatic = (...args: Parameters<typeof job.enqueueIn>) => SendEmailJob.enqueueIn(...args);
const enqueueAtStatic = (...args: Parameters<typeof job.enqueueAt>) => SendEmailJob.enqueueAt(...args);

describe("DataOf", () => {
  it("is what a class, or its instance, is enqueued with", () => {
    expectTypeOf<DataOf<typeof SendEmailJob>>().toEqualTypeOf<Email>();
    expectTypeOf<DataOf<SendEmailJob>>().toEqualTypeOf<Email>();
    expectTypeOf<DataOf<typeof PingJob>>().toEqualTypeOf<NoData>();
    expectTypeOf<DataOf<typeof OptionalJob>>().toEqualTypeOf<{ verbose?: boolean }>();
    expectTypeOf<DataOf<AnyJobClass>>().toBeAny();
  });

  it("is the input where a schema makes something else of it", () => {
    class ParsedJob extends Job<{ at: Date }, { at: string }> {
      override perform(data: { at: Date }): void {
        expectTypeOf(data.at).toEqualTypeOf<Date>();
      }
    }
    expectTypeOf<DataOf<typeof ParsedJob>>().toEqualTypeOf<{ at: string }>();
    void (() => ParsedJob.enqueue({ at: "2030-01-01" }));
    // @ts-expect-error the output's type
    void (() => ParsedJob.enqueue({ at: new Date() }));
  });
});

describe("JobClass", () => {
  class Mailer {
    send(): void {}
  }
  class InjectedJob extends Job<Email> {
    readonly mailer: Mailer;
    constructor(mailer: Mailer, retries: number) {
      super();
      this.mailer = mailer;
      this.maxRetries = retries;
    }
    override perform(): void {}
  }
  abstract class UnfinishedJob extends Job<Email> {}

  it("is any class of jobs, with constructor arguments or without", () => {
    const classes: AnyJobClass[] = [PingJob, SendEmailJob, InjectedJob];
    void classes;
    expectTypeOf(InjectedJob).toExtend<JobClass<InjectedJob>>();
    void (() => InjectedJob.enqueue({ to: "a" }));
    // @ts-expect-error data is missing
    void (() => InjectedJob.enqueue());
  });

  it("is no abstract class, and no class of something else", () => {
    // @ts-expect-error it cannot be made
    const unfinished: AnyJobClass = UnfinishedJob;
    // @ts-expect-error not a job
    const mailer: AnyJobClass = Mailer;
    void [unfinished, mailer];
  });

  it("may have its perform as a property", () => {
    class ArrowJob extends Job<Email> {
      override perform = async (data: Email): Promise<void> => void data.to;
    }
    expectTypeOf(ArrowJob).toExtend<AnyJobClass>();
    void (() => ArrowJob.enqueue({ to: "a" }));
  });

  it("may set its settings as fields or in config()", () => {
    class FieldsJob extends Job {
      static override jobName = "fields";
      static override aliases = ["field"];
      static override schedule = "0 * * * *";
      override queue = "mail";
      override priority = "high" as const;
      override maxRetries = 5;
      override perform(): void {}
    }
    class ConfigJob extends Job {
      override config(): void {
        super.config();
        this.priority = "high";
        this.timeout = 60;
        // @ts-expect-error seconds are a number
        this.baseDelay = "2s";
      }
      override backoff(attempt: number, error: unknown): number {
        return error instanceof RangeError ? 1 : super.backoff(attempt, error);
      }
      override perform(): void {}
    }
    expectTypeOf<typeof FieldsJob | typeof ConfigJob>().toExtend<AnyJobClass>();
  });
});
