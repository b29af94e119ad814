// Schemas of any library, synchronous or not: asked at enqueue, and again before perform.

import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { DataInvalidError, defineJob, type JsonObject, type StandardSchema } from "wheelwright";
import { z } from "zod";
import { aRow } from "./a-row.ts";
import { anApp, START } from "./an-app.ts";

const zodSync = z.object({ to: z.string().email(), retries: z.number().default(2) });
const zodAsync = zodSync.refine(async (data) => data.to !== "blocked@example.org", {
  message: "is blocked",
  path: ["to"],
});
const valibotSync = v.object({ to: v.pipe(v.string(), v.email()), retries: v.optional(v.number(), 2) });
const valibotAsync = v.pipeAsync(
  v.objectAsync({ to: v.pipe(v.string(), v.email()), retries: v.optional(v.number(), 2) }),
  v.checkAsync(async (data) => data.to !== "blocked@example.org", "is blocked"),
);

describe.each<[string, StandardSchema]>([
  ["zod", zodSync],
  ["zod, asynchronous", zodAsync],
  ["valibot", valibotSync],
  ["valibot, asynchronous", valibotAsync],
])("perform: a schema of %s", (library, schema) => {
  function aMailer() {
    const received: unknown[] = [];
    const mail = defineJob("Mail", { schema, maxRetries: 1 }, (data: unknown) => void received.push(data));
    return { ...anApp({ jobs: [mail] }), mail: mail as unknown as ReturnType<typeof untyped>, received }; // `as`: the input's type is each schema's own
  }

  it("R19 stores the input and gives perform the output", async () => {
    const { jobs, mail, received } = aMailer();

    const job = await jobs.enqueue(mail, { to: "ada@example.org" });
    await jobs.processQueue();

    expect(job.data).toEqual({ to: "ada@example.org" });
    expect(received).toEqual([{ to: "ada@example.org", retries: 2 }]);
  });

  it("R19 refuses data that does not fit at enqueue, with every issue's path, and stores nothing", async () => {
    const { jobs, mail } = aMailer();

    const refused = jobs.enqueue(mail, { to: "nobody", retries: "many" });

    await expect(refused).rejects.toBeInstanceOf(DataInvalidError);
    await expect(refused).rejects.toMatchObject({
      code: "DATA_INVALID",
      jobClass: "Mail",
      issues: expect.arrayContaining([expect.objectContaining({ path: "$.to" })]),
    });
    expect(await jobs.list()).toEqual([]);
  });

  it("R19 checks again before perform: a row that no longer fits is a failed attempt", async () => {
    const { jobs, mail, store, received } = aMailer();
    await store.insert([aRow({ jobClass: "Mail", data: '{"to":"nobody"}', maxRetries: 1 })], { now: START });

    const { errors } = await jobs.processQueue();

    expect(errors[0]).toMatch(/The data of Mail does not fit its schema: \$\.to/);
    expect(received).toEqual([]);
    expect(await jobs.list()).toEqual([expect.objectContaining({ status: "failed", jobClass: "Mail" })]);
    expect(mail.jobName).toBe("Mail");
  });

  it("R19 cuts the data off from the caller before an asynchronous schema is awaited", async () => {
    const { jobs, mail } = aMailer();
    const data = { to: "ada@example.org" };

    const enqueued = jobs.enqueue(mail, data);
    data.to = "eve@example.org";

    expect((await enqueued).data).toEqual({ to: "ada@example.org" });
    expect(library).toBeTruthy();
  });
});

/** Any job that takes anything. */
function untyped() {
  return defineJob("Mail", {}, (_data: JsonObject) => undefined);
}
