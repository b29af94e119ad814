import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidOptionError, JobDefinitionError } from "../../src/job/errors.ts";
import { Job } from "../../src/job/job.ts";
import { DEFAULT_SETTINGS, mergeDefaults, readSettings, SETTING_NAMES } from "../../src/job/settings.ts";
import { always } from "../always.ts";

class PlainJob extends Job {
  override perform(): void {}
}

describe("readSettings", () => {
  it("R1 gives the defaults to a class that sets nothing", () => {
    expect(readSettings("PlainJob", new PlainJob(), DEFAULT_SETTINGS)).toEqual({
      queue: "default",
      priority: 0,
      maxRetries: 3,
      baseDelay: 2,
      maxDelay: 3600,
      timeout: 300,
      delay: 0,
    });
  });

  it("R1 puts the class before createJobs({ defaults }), and those before the package's", () => {
    class MailJob extends PlainJob {
      override queue = "mail";
    }

    const settings = readSettings("MailJob", new MailJob(), mergeDefaults({ queue: "other", timeout: 60 }));

    expect(settings).toEqual({ ...DEFAULT_SETTINGS, queue: "mail", timeout: 60 });
  });

  it("R3 reads what config() set, what fields set, and fields before config()", () => {
    class MixedJob extends PlainJob {
      override queue = "from a field";
      override config(): void {
        this.queue = "from config";
        this.priority = "high";
        this.maxRetries = 5;
      }
    }

    expect(readSettings("MixedJob", new MixedJob(), DEFAULT_SETTINGS)).toMatchObject({
      queue: "from a field",
      priority: 10,
      maxRetries: 5,
    });
  });

  it("R3 reads what a class inherits, and getters", () => {
    class BaseJob extends PlainJob {
      override config(): void {
        this.queue = "base";
        this.timeout = 60;
      }
    }
    class ChildJob extends BaseJob {
      override config(): void {
        super.config();
        this.timeout = 90;
      }
    }
    Object.defineProperty(ChildJob.prototype, "delay", { get: () => 7 }); // TypeScript does not allow it, JavaScript does.

    expect(readSettings("ChildJob", new ChildJob(), DEFAULT_SETTINGS)).toMatchObject({
      queue: "base",
      timeout: 90,
      delay: 7,
    });
  });

  it("R3 refuses a field that is declared and undefined, and says what to write", () => {
    class DeclaredJob extends PlainJob {
      // What a build tool makes of `queue: string;` without "declare".
      override queue = undefined as unknown as string;
      override config(): void {
        this.queue = "mail";
      }
    }
    const read = () => readSettings("DeclaredJob", new DeclaredJob(), DEFAULT_SETTINGS);

    expect(read).toThrow(JobDefinitionError);
    expect(read).toThrow(
      'Job class DeclaredJob cannot be used: its field "queue" is undefined. A field declared without a value hides what config() set: write "declare queue: …"',
    );
  });

  it.each([
    ["queue", "a,b", 'queue is "a,b"; expected a queue name without commas'],
    ["queue", null, "queue is null"],
    ["priority", "urgent", 'priority is "urgent"; expected an integer of 32 bits'],
    ["priority", 0.5, "priority is 0.5"],
    ["maxRetries", 0, "maxRetries is 0; expected an integer from 1 (attempts in all"],
    ["baseDelay", -1, "baseDelay is -1; expected seconds"],
    ["maxDelay", Number.NaN, "maxDelay is NaN; expected seconds"],
    ["timeout", 0, "timeout is 0; expected seconds from 0.001"],
    ["delay", Number.POSITIVE_INFINITY, "delay is Infinity; expected seconds"],
    ["delay", "soon", 'delay is "soon", which is no duration.'],
  ])("R4 refuses %s = %o with class, property and value", (name, value, message) => {
    const read = () => readSettings("OddJob", Object.assign(new PlainJob(), { [name]: value }), DEFAULT_SETTINGS);

    expect(read).toThrow(JobDefinitionError);
    expect(read).toThrow(`Job class OddJob cannot be used: ${message}`);
    expect(read).toThrow(expect.objectContaining({ cause: expect.any(Error) }));
  });

  it("BM-068 gives finite numbers for every setting, whichever are set", () => {
    const numbers = fc.record(
      { baseDelay: fc.nat(), maxDelay: fc.nat(), timeout: fc.integer({ min: 1, max: 1e6 }), delay: fc.nat() },
      { requiredKeys: [] },
    );

    always(
      fc.property(numbers, numbers, (own, defaults) => {
        const settings = readSettings("PlainJob", Object.assign(new PlainJob(), own), mergeDefaults(defaults));

        expect(settings).toEqual({ ...DEFAULT_SETTINGS, ...defaults, ...own });
        expect(Object.keys(settings)).toEqual(SETTING_NAMES);
      }),
    );
  });
});

describe("mergeDefaults", () => {
  it("R1 lays the given over the package's own", () => {
    expect(mergeDefaults(undefined)).toEqual(DEFAULT_SETTINGS);
    expect(mergeDefaults({ queue: "app", priority: "low", maxRetries: undefined })).toEqual({
      ...DEFAULT_SETTINGS,
      queue: "app",
      priority: -10,
    });
  });

  it("refuses a value that a class could not have, and a name that is no setting", () => {
    expect(() => mergeDefaults({ maxRetries: 0 })).toThrow("defaults.maxRetries is 0; expected an integer from 1");
    expect(() => mergeDefaults({ retries: 5 })).toThrow(
      "defaults.retries is 5; expected one of queue, priority, maxRetries",
    );
    expect(() => mergeDefaults({ toString: 5 })).toThrow(InvalidOptionError);
    expect(() => mergeDefaults(null as never)).toThrow("defaults is null; expected an object.");
  });
});
