// Which job classes an app may have, under which names, and what it is told about those it may not.

import { afterEach, describe, expect, it, vi } from "vitest";
import { createJobs, defineJob, Job, JobDefinitionError, MemoryJobStore, NotImplementedError } from "wheelwright";
import { nearest } from "../../src/engine/registry.ts";
import { anApp } from "./an-app.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("Registry: settings of a class", () => {
  it("R3 runs config() in the base constructor, and lets class fields beat it", async () => {
    class FieldsJob extends Job {
      override maxRetries = 9;
      override config(): void {
        this.queue = "from config";
        this.maxRetries = 5;
      }
      perform(): void {}
    }
    const { jobs } = anApp({ jobs: [FieldsJob] });

    expect(await jobs.enqueue(FieldsJob)).toMatchObject({ queue: "from config", maxRetries: 9 });
  });

  it("R3 allows super.config() and does not need it", async () => {
    class BaseJob extends Job {
      override config(): void {
        this.queue = "base";
        this.timeout = 60;
      }
      perform(): void {}
    }
    class CallsJob extends BaseJob {
      override config(): void {
        super.config();
        this.timeout = 30;
      }
    }
    class ForgetsJob extends BaseJob {
      override config(): void {
        this.timeout = 20;
      }
    }
    const { jobs } = anApp({ jobs: [CallsJob, ForgetsJob] });

    expect(await jobs.enqueue(CallsJob)).toMatchObject({ queue: "base", timeout: 30 });
    expect(await jobs.enqueue(ForgetsJob)).toMatchObject({ queue: "default", timeout: 20 });
  });

  it("R3 refuses a field that is declared but undefined, with class, property and mend", () => {
    class ForgottenJob extends Job {
      constructor() {
        super();
        Object.defineProperty(this, "queue", { value: undefined, enumerable: true, writable: true });
      }
      perform(): void {}
    }

    expect(() => anApp({ jobs: [ForgottenJob] })).toThrow(/ForgottenJob.+"queue" is undefined.+declare queue/s);
  });

  it("R3 names the class and the cause of a config() that throws", () => {
    class BrokenJob extends Job {
      override config(): void {
        throw new Error("no such key: MAIL_QUEUE");
      }
      perform(): void {}
    }

    expect(() => anApp({ jobs: [BrokenJob] })).toThrow(JobDefinitionError);
    expect(() => anApp({ jobs: [BrokenJob] })).toThrow(/BrokenJob.+config\(\) threw: no such key: MAIL_QUEUE/);
  });

  it("R3 refuses a setting outside its limits when the app starts", () => {
    const endless = defineJob("Endless", { maxRetries: Number.POSITIVE_INFINITY }, () => undefined);

    expect(() => anApp({ jobs: [endless] })).toThrow(/Endless.+maxRetries is Infinity/);
  });

  it.each([null, {}, { parse: () => 1 }])("R19 refuses the schema %j, which is none, when the app starts", (schema) => {
    const wrong = defineJob("Wrong", { schema: schema as never }, () => undefined); // `as`: what JavaScript lets through

    expect(() => anApp({ jobs: [wrong] })).toThrow(/Wrong.+does not speak Standard Schema/);
  });

  it("R3 refuses a class without perform", () => {
    abstract class LazyJob extends Job {}
    const lazy = LazyJob as typeof LazyJob & (new () => Job); // `as`: JavaScript has no abstract classes

    expect(() => anApp({ jobs: [lazy] })).toThrow(NotImplementedError);
    expect(() => anApp({ jobs: [lazy] })).toThrow(/LazyJob has no perform/);
  });

  it("R3 refuses what is no job class, and a list that is none", () => {
    class Stranger {}
    const wrong = [Stranger] as unknown as readonly (typeof Job & (new () => Job))[]; // `as`: as above

    expect(() => anApp({ jobs: wrong })).toThrow(/jobs is function Stranger/);
    expect(() => anApp({ jobs: Stranger as never })).toThrow(/expected a list of job classes/);
  });
});

describe("Registry: names", () => {
  it("R3 stores the static jobName, else the class's name", async () => {
    class WelcomeJob extends Job {
      static override jobName = "mails/welcome";
      perform(): void {}
    }
    class GoodbyeJob extends WelcomeJob {}
    const { jobs } = anApp({ jobs: [WelcomeJob, GoodbyeJob] });

    expect((await jobs.enqueue(WelcomeJob)).jobClass).toBe("mails/welcome");
    expect((await jobs.enqueue(GoodbyeJob)).jobClass).toBe("GoodbyeJob");
    expect(new WelcomeJob().jobName).toBe("mails/welcome");
  });

  it("R3 works old rows by their aliases", async () => {
    const ran: string[] = [];
    const before = defineJob("SendMail", {}, () => undefined);
    const after = defineJob("SendEmail", { aliases: ["SendMail"] }, () => void ran.push("SendEmail"));
    const store = new MemoryJobStore();
    await anApp({ jobs: [before], store }).jobs.enqueue(before);

    const result = await anApp({ jobs: [after], store }).jobs.processQueue();

    expect(result).toMatchObject({ processed: 1, failed: 0 });
    expect(ran).toEqual(["SendEmail"]);
  });

  it("R3 refuses two classes of one name, an alias that is another's name, and an empty name", () => {
    const one = defineJob("Twice", {}, () => undefined);
    const two = defineJob("Twice", {}, () => undefined);
    const thief = defineJob("Thief", { aliases: ["Twice"] }, () => undefined);
    const nameless = [
      class extends Job {
        perform(): void {}
      },
    ][0] as typeof one; // `as`: its type is that of any job without data

    expect(() => anApp({ jobs: [one, two] })).toThrow(/two classes have this name/);
    expect(() => anApp({ jobs: [one, thief] })).toThrow(/alias "Twice" is also a name of Twice/);
    expect(() => anApp({ jobs: [nameless] })).toThrow(/has no name. Give it "static jobName"/);
    expect(() => anApp({ jobs: [one, one] })).not.toThrow();
  });

  it("R3 does not hand a class's aliases down to its subclasses", () => {
    class OldJob extends Job {
      static override aliases = ["OlderJob"];
      perform(): void {}
    }
    class UrgentJob extends OldJob {}

    expect(() => anApp({ jobs: [OldJob, UrgentJob] })).not.toThrow();
  });

  it("R3 refuses aliases that are no list", () => {
    const wrong = defineJob("Wrong", { aliases: "OldWrong" as unknown as string[] }, () => undefined); // `as`: JavaScript

    expect(() => anApp({ jobs: [wrong] })).toThrow(/Wrong.+aliases.+list/);
  });

  it.each(["t", "Ab", "_SendEmail"])("R3 warns about the name %s, which a build tool made", (name) => {
    const mangled = {
      [name]: class extends Job {
        perform(): void {}
      },
    }[name] as typeof Job & (new () => Job); // `as`: just put there
    Object.defineProperty(mangled, "name", { value: name });

    const { lines } = anApp({ jobs: [mangled] });

    expect(lines).toEqual([
      { level: "warn", message: expect.stringMatching(`^Job class ${name}: .+ Give it "static jobName`), fields: {} },
    ]);
  });

  it("R3 refuses such a name in production, and takes it with a jobName of its own", () => {
    class Ab extends Job {
      perform(): void {}
    }
    class Cd extends Job {
      static override jobName = "Cd";
      perform(): void {}
    }
    vi.stubEnv("NODE_ENV", "production");
    const store = new MemoryJobStore();

    expect(() => createJobs({ store, jobs: [Ab] })).toThrow(JobDefinitionError);
    expect(() => createJobs({ store, jobs: [Cd] })).not.toThrow();
  });

  it("tells of a class that is not registered, with the nearest name", async () => {
    const sendEmail = defineJob("SendEmail", {}, () => undefined);
    const misspelt = defineJob("SendMail", {}, () => undefined);
    const { jobs } = anApp({ jobs: [sendEmail] });

    await expect(jobs.enqueue(misspelt)).rejects.toMatchObject({
      code: "UNKNOWN_JOB",
      message:
        'No job class "SendMail" is registered. Did you mean "SendEmail"? Registered: SendEmail. Pass it in createJobs({ jobs }).',
    });
  });

  it.each<[name: string, names: readonly string[], found: string | undefined]>([
    ["Pay", ["Buy"], "Buy"], // Two letters may differ, however short the name is,
    ["Pay", ["Sum"], undefined],
    ["Pay", ["BoP"], undefined],
    ["AB", ["CD"], "CD"],
    ["SendEmail", ["SENDEMALE"], "SENDEMALE"], // and a third of a long one.
    ["SendEmail", ["SendEm"], "SendEm"],
    ["SendEmail", ["SendE"], undefined],
    ["ToReSendEmail", ["SendEmail"], "SendEmail"],
    ["SendEmail", ["ToReSendEmail"], undefined],
    ["SendEmail", ["PackOrder"], undefined],
    ["Abcdef", ["Bcdefa"], "Bcdefa"],
    ["SendEmail", ["ReSendEmail", "SendEmails"], "SendEmails"],
    ["SendEmail", ["SendEmails", "ReSendEmail"], "SendEmails"],
    ["SendEmail", ["SendEmailA", "SendEmailB"], "SendEmailA"],
    ["SendEmail", [], undefined],
  ])("takes for a misspelt %s, of %j, the nearest: %s", (name, names, found) => {
    expect(nearest(name, names)).toBe(found);
  });

  it("R3 takes an alias that is given twice, or is the class's own name, for given once", () => {
    const renamed = defineJob("SendEmail", { aliases: ["SendMail", "SendMail", "SendEmail"] }, () => undefined);

    expect(() => anApp({ jobs: [renamed] })).not.toThrow();
  });

  it("R3 warns about no name that somebody wrote", () => {
    class Pay extends Job {
      perform(): void {}
    }
    class Pack_ extends Pay {}

    const { lines } = anApp({ jobs: [Pay, Pack_] });

    expect(lines).toEqual([]);
  });

  it("tells of a second class of a registered name that it was loaded twice", async () => {
    const load = () => defineJob("SendEmail", {}, () => undefined);
    const { jobs } = anApp({ jobs: [load()] });

    await expect(jobs.enqueue(load())).rejects.toMatchObject({
      code: "UNKNOWN_JOB",
      message: expect.stringMatching(/is not registered, but another.+loaded twice/i),
    });
  });
});

describe("Registry: create", () => {
  it("R15 makes each attempt's instance by createJobs({ create })", async () => {
    const greeted: string[] = [];
    class GreetJob extends Job {
      greeting = "none";
      perform(): void {
        greeted.push(this.greeting);
      }
    }
    let made = 0;
    const { jobs } = anApp({
      jobs: [GreetJob],
      create: (jobClass) => Object.assign(new (jobClass as typeof GreetJob)(), { greeting: `hello ${++made}` }), // `as`: the only class
    });
    await jobs.enqueue(GreetJob);
    await jobs.enqueue(GreetJob);
    const before = made;

    await jobs.processQueue();

    expect(greeted).toEqual([`hello ${before + 1}`, `hello ${before + 2}`]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ["nothing", () => undefined, /create.+undefined/],
    ["a promise", () => Promise.reject(new Error("later")), /create.+promise/],
    ["an object that is no job", () => ({ perform: () => undefined }), /create.+\{ perform/],
  ])("R15 says so when create gives %s", async (_what, create, message) => {
    const job = defineJob("Made", {}, () => undefined);
    const { jobs } = anApp({ jobs: [job], create: create as never }); // `as`: what JavaScript lets through

    await expect(jobs.enqueue(job)).rejects.toThrow(message);
    await expect(jobs.enqueue(job)).rejects.toBeInstanceOf(JobDefinitionError);
  });
});
