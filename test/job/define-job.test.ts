import { setFlagsFromString } from "node:v8";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { JobContext } from "../../src/job/context.ts";
import { defineJob } from "../../src/job/define-job.ts";
import { JobDefinitionError } from "../../src/job/errors.ts";
import { isJobClass, Job, nameOf } from "../../src/job/job.ts";
import { DEFAULT_SETTINGS, readSettings } from "../../src/job/settings.ts";

const context = {} as JobContext;

describe("defineJob", () => {
  it("makes a job class of a function, which gets data and context", async () => {
    const sendEmail = defineJob("SendEmail", {}, (data: { to: string }, given) => [data, given]);
    const job = new sendEmail();

    expect(job).toBeInstanceOf(Job);
    expect(isJobClass(sendEmail)).toBe(true);
    expect([nameOf(sendEmail), sendEmail.name, sendEmail.jobName, job.jobName]).toEqual(Array(4).fill("SendEmail"));
    expect(await job.perform({ to: "a" }, context)).toEqual([{ to: "a" }, context]);
  });

  it("makes a class whose instances are as cheap as any other's", () => {
    // V8 keeps a class whose name was put on it later as a table, and compiles what makes its instances for ever.
    setFlagsFromString("--allow-natives-syntax");
    const isFast = new Function("object", "return %HasFastProperties(object)") as (object: unknown) => boolean; // `as`: V8 answers so
    const renamed = class extends Job {
      override perform(): void {}
    };
    Object.defineProperty(renamed, "name", { value: "SendEmail" });

    expect(isFast(defineJob("SendEmail", { queue: "mail" }, () => {}))).toBe(true);
    expect(isFast(renamed)).toBe(false);
  });

  it("R1 takes the settings of a class", () => {
    const options = {
      queue: "mail",
      priority: "high",
      maxRetries: 5,
      baseDelay: 1,
      maxDelay: 9,
      timeout: 60,
      delay: 3,
    } as const;
    const sendEmail = defineJob("SendEmail", options, () => {});
    const plain = defineJob("Plain", { queue: undefined }, () => {});

    expect(readSettings("SendEmail", new sendEmail(), DEFAULT_SETTINGS)).toEqual({ ...options, priority: 10 });
    expect(readSettings("Plain", new plain(), DEFAULT_SETTINGS)).toEqual(DEFAULT_SETTINGS);
  });

  it("takes the statics of a class, each job its own", () => {
    const schema = v.object({ to: v.string() });
    const first = defineJob("First", { aliases: ["Old"], schedule: "0 * * * *", schema }, () => {});
    const second = defineJob("Second", {}, () => {});

    expect([first.aliases, first.schedule, first.schema]).toEqual([["Old"], "0 * * * *", schema]);
    expect([second.aliases, second.schedule, second.schema]).toEqual([undefined, undefined, undefined]);
  });

  it("R21 takes a backoff, else has the formula", () => {
    const linear = defineJob("Linear", { backoff: (attempt) => attempt * 5 }, () => {});
    const usual = defineJob("Usual", { baseDelay: 10 }, () => {});

    expect([1, 2, 3].map((attempt) => new linear().backoff(attempt, null))).toEqual([5, 10, 15]);
    expect([1, 2, 3].map((attempt) => new usual().backoff(attempt, null))).toEqual([20, 40, 80]);
  });

  it.each<[string, unknown[], string]>([
    ["no name", ["", {}, () => {}], 'Job class "" cannot be used: defineJob needs a name'],
    ["a function first", [() => {}], "defineJob needs a name, an options object and a function"],
    [
      "no options",
      ["A", () => {}],
      "Job class A cannot be used: defineJob's second argument is function (anonymous); pass {}",
    ],
    ["null for options", ["A", null, () => {}], "defineJob's second argument is null"],
    ["no function", ["A", {}], "defineJob's third argument is undefined; pass the function to perform."],
    [
      "an option it does not have",
      ["A", { que: "mail" }, () => {}],
      'defineJob has no option "que". It has queue, priority,',
    ],
  ])("R3 refuses %s", (_, args, message) => {
    const define = () => (defineJob as (...args: unknown[]) => unknown)(...args);

    expect(define).toThrow(JobDefinitionError);
    expect(define).toThrow(message);
  });
});
