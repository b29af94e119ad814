// What defineJob infers. Checked by `npm run types`; nothing in here is run.

import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type { JobContext } from "../../src/job/context.ts";
import { type DefinedJob, defineJob } from "../../src/job/define-job.ts";
import { type AnyJobClass, type DataOf, Job } from "../../src/job/job.ts";
import type { NoData } from "../../src/job/json-type.ts";
import type { EnqueuedJob } from "../../src/job/record.ts";
import type { SchemaInput, SchemaOutput, StandardSchema } from "../../src/job/schema.ts";

const zodSchema = z.object({ at: z.string().transform((text) => new Date(text)), n: z.number().default(1) });
const valibotSchema = v.object({
  at: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
  ),
  n: v.optional(v.number(), 1),
});

describe("defineJob", () => {
  it("takes the data's type from the function", () => {
    const sendEmail = defineJob("SendEmail", { queue: "mail", maxRetries: 5 }, async (data: { to: string }) => {
      void data.to;
    });
    expectTypeOf(sendEmail).toEqualTypeOf<DefinedJob<{ to: string }>>();
    expectTypeOf(sendEmail).toExtend<AnyJobClass>();
    expectTypeOf(sendEmail.jobName).toEqualTypeOf<string>();
    expectTypeOf<DataOf<typeof sendEmail>>().toEqualTypeOf<{ to: string }>();
    expectTypeOf(() => sendEmail.enqueue({ to: "a" })).returns.resolves.toEqualTypeOf<EnqueuedJob>();
    void (() => new sendEmail().enqueueIn("5m", { to: "a" }));
    // @ts-expect-error data is missing
    void (() => sendEmail.enqueue());
    // @ts-expect-error a property of the wrong type
    void (() => sendEmail.enqueueIn(5, { to: 1 }));
  });

  it("needs no data where the function takes none", () => {
    const ping = defineJob("Ping", {}, () => {});
    expectTypeOf<DataOf<typeof ping>>().toEqualTypeOf<NoData>();
    void (() => ping.enqueue());
    void (() => ping.enqueue({}, { uniqueKey: "ping" }));
  });

  it("hands the function a context", () => {
    defineJob("Context", {}, (_data: { a: 1 }, context) => {
      expectTypeOf(context).toEqualTypeOf<JobContext>();
      void (() => context.enqueue(PingJob));
      void (() => context.enqueue(MailJob, { to: "a" }));
      // @ts-expect-error data is missing
      void (() => context.enqueue(MailJob));
    });
  });

  it("R19 takes input and output from a zod schema", () => {
    const parsed = defineJob("Parsed", { schema: zodSchema }, (data) => {
      expectTypeOf(data).toEqualTypeOf<{ at: Date; n: number }>();
    });
    expectTypeOf<DataOf<typeof parsed>>().toEqualTypeOf<{ at: string; n?: number | undefined }>();
    void (() => parsed.enqueue({ at: "2030-01-01" }));
    // @ts-expect-error the output's type
    void (() => parsed.enqueue({ at: new Date() }));
  });

  it("R19 takes input and output from a valibot schema", () => {
    const parsed = defineJob("Parsed", { schema: valibotSchema, queue: "q" }, async (data, context) => {
      expectTypeOf(data).toEqualTypeOf<{ at: Date; n: number }>();
      expectTypeOf(context).toEqualTypeOf<JobContext>();
    });
    void (() => parsed.enqueue({ at: "2030-01-01", n: 2 }));
    // @ts-expect-error data is missing
    void (() => parsed.enqueue());
  });

  it("refuses options that it does not have", () => {
    // @ts-expect-error no such option
    defineJob("Typo", { que: "mail" }, () => {});
    // @ts-expect-error no such priority
    defineJob("Typo", { priority: "urgent" }, () => {});
  });
});

class PingJob extends Job {
  override perform(): void {}
}

class MailJob extends Job<{ to: string }> {
  static override schema = z.object({ to: z.string() });
  override perform(): void {}
}

describe("StandardSchema", () => {
  it("fits the schemas of zod and valibot", () => {
    expectTypeOf(zodSchema).toExtend<StandardSchema>();
    expectTypeOf(valibotSchema).toExtend<StandardSchema>();
    expectTypeOf(v.objectAsync({ a: v.string() })).toExtend<StandardSchema>();
    expectTypeOf<SchemaInput<typeof zodSchema>>().toEqualTypeOf<{ at: string; n?: number | undefined }>();
    expectTypeOf<SchemaOutput<typeof zodSchema>>().toEqualTypeOf<{ at: Date; n: number }>();
    expectTypeOf<SchemaInput<typeof valibotSchema>>().toEqualTypeOf<{ at: string; n?: number | undefined }>();
    expectTypeOf<SchemaOutput<typeof valibotSchema>>().toEqualTypeOf<{ at: Date; n: number }>();
  });
});
