// Log lines: what handlers write, what the engine says by itself, and the loggers that take them.

import { afterEach, describe, expect, it, vi } from "vitest";
import { defineJob, type Logger } from "wheelwright";
import { anApp, turn } from "./an-app.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const talking = defineJob("Talking", {}, (_data, context) => {
  const { log } = context;
  log.debug("looking", { step: 1 });
  log.info("found");
  log.warn("odd", { queue: "not the job's" });
  log.error("bad");
});

const failing = defineJob("Failing", { maxRetries: 2 }, () => {
  throw new Error("no paper");
});

/** Keeps what each of a logger's methods was called with. */
function aLogger(more: object = {}): { logger: Logger; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const at =
    (level: string) =>
    (...args: unknown[]) =>
      void calls.push([level, ...args]);
  return { logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), ...more }, calls };
}

describe("context.log", () => {
  it("R47 writes at four levels, each line with the job's id, class, queue and attempt", async () => {
    const { jobs, lines } = anApp({ jobs: [talking] });
    const job = await jobs.enqueue(talking, {}, { queue: "talk" });
    const fields = { jobId: job.id, jobClass: "Talking", queue: "talk", attempt: 1 };

    await jobs.processQueue();

    expect(lines).toEqual([
      { level: "debug", message: "Talking started, attempt 1 of 3", fields },
      { level: "debug", message: "looking", fields: { ...fields, step: 1 } },
      { level: "info", message: "found", fields },
      { level: "warn", message: "odd", fields },
      { level: "error", message: "bad", fields },
      { level: "info", message: "Talking completed", fields: { ...fields, durationMs: 0 } },
    ]);
  });

  it("R47 is there after the attempt is over, for the last words of a handler that was cut off", async () => {
    const late = defineJob("Late", { timeout: 1 }, async (_data, context) => {
      await context.sleep("1h").catch(() => context.log.info("cut off"));
    });
    const { jobs, lines, advance } = anApp({ jobs: [late] });
    await jobs.enqueue(late);

    const running = jobs.processQueue();
    await advance("1s");
    await running;

    expect(lines.map(({ message }) => message)).toContain("cut off");
  });
});

describe("logTo", () => {
  it("R47 tells start, retry and failure of every attempt", async () => {
    const { jobs, lines, advance } = anApp({ jobs: [failing] });
    await jobs.enqueue(failing);

    await jobs.processQueue();
    await advance("4s");
    await jobs.processQueue();

    expect(lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      "debug: Failing started, attempt 1 of 2",
      "warn: Failing failed in attempt 1 of 2, next at 2030-01-01T00:00:04.000Z: no paper",
      "debug: Failing started, attempt 2 of 2",
      "error: Failing failed for good in attempt 2 of 2: no paper",
    ]);
    expect(lines[1]?.fields).toMatchObject({ attempt: 1, error: new Error("no paper") });
    expect(lines[3]?.fields).toMatchObject({ attempt: 2, error: new Error("no paper") });
  });

  it.each<[string, object]>([
    ["the console's", {}],
    ["winston's", { child: () => undefined, isLevelEnabled: () => true, transports: [] }],
    ["log4js's", { isLevelEnabled: () => true, addContext: () => undefined }],
  ])("R47 gives a logger of %s shape the message first", async (_whose, more) => {
    const { logger, calls } = aLogger(more);
    const { jobs } = anApp({ jobs: [failing], logger });
    await jobs.enqueue(failing);

    await jobs.processQueue();

    expect(calls[0]).toEqual(["debug", "Failing started, attempt 1 of 2", expect.objectContaining({ attempt: 1 })]);
  });

  it("R47 gives a logger of pino's shape the fields first, with the error under err", async () => {
    const { logger, calls } = aLogger({ child: () => undefined, isLevelEnabled: () => true });
    const { jobs } = anApp({ jobs: [failing, talking], logger });
    await jobs.enqueue(failing);
    await jobs.enqueue(talking);

    await jobs.processQueue();

    const retried = calls.find(([level, , message]) => level === "warn" && message !== "odd");
    expect(retried).toEqual(["warn", expect.objectContaining({ err: new Error("no paper") }), expect.any(String)]);
    expect(retried?.[1]).not.toHaveProperty("error");
    const looking = calls.find(([, , message]) => message === "looking");
    expect(looking).toEqual(["debug", expect.objectContaining({ step: 1 }), "looking"]);
    expect(looking?.[1]).not.toHaveProperty("error"); // Not even an undefined one, which pino would print.
  });

  it("R47 leaves a handler's own fields under their names, whatever the logger", async () => {
    const { logger, calls } = aLogger({ child: () => undefined });
    const wrong = defineJob("Wrong", {}, (_data, context) => context.log.error("wrong", { error: "E17" }));
    const { jobs } = anApp({ jobs: [wrong], logger });
    await jobs.enqueue(wrong);

    await jobs.processQueue();

    expect(calls).toContainEqual(["error", expect.objectContaining({ error: "E17" }), "wrong"]);
  });

  it("R47 needs no debug of a logger: info takes its place", async () => {
    const { logger, calls } = aLogger({ debug: undefined });
    const { jobs } = anApp({ jobs: [talking], logger });
    await jobs.enqueue(talking);

    await jobs.processQueue();

    expect(calls.map(([level, message]) => [level, message])).toContainEqual(["info", "looking"]);
  });

  it("R47 keeps a logger's this", async () => {
    class Collecting {
      readonly said: string[] = [];
      info(message: string): void {
        this.said.push(message);
      }
      warn(message: string): void {
        this.said.push(message);
      }
      error(message: string): void {
        this.said.push(message);
      }
    }
    const logger = new Collecting();
    const { jobs } = anApp({ jobs: [talking], logger });
    await jobs.enqueue(talking);

    await jobs.processQueue();

    expect(logger.said).toContain("found");
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("disk full");
      },
    ],
    ["rejects (BM-082)", () => Promise.reject(new Error("disk full"))],
  ])("R47 lets a logger that %s fail no job", async (_how, write) => {
    const logger = { debug: write, info: write, warn: write, error: write };
    const { jobs } = anApp({ jobs: [talking, failing], logger });
    await jobs.enqueue(talking);
    await jobs.enqueue(failing);

    const result = await jobs.processQueue();
    await turn();

    expect(result).toMatchObject({ processed: 1, failed: 1 });
  });

  it("R47 tells the console of a job that failed for good where no logger is given", async () => {
    const said = vi.spyOn(console, "error").mockReturnValue();
    const hopeless = defineJob("Hopeless", { maxRetries: 1 }, () => {
      throw new Error("no paper");
    });
    const { jobs } = anApp({ jobs: [hopeless], logger: undefined as never }); // `as`: anApp has one otherwise
    await jobs.enqueue(hopeless);

    await jobs.processQueue();

    expect(said.mock.calls).toEqual([
      [
        "wheelwright: Hopeless failed for good in attempt 1 of 1: no paper",
        expect.objectContaining({ jobClass: "Hopeless" }),
      ],
    ]);
  });

  it("R47 warns on the console, and only warns, where no logger is given", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const info = vi.spyOn(console, "info").mockReturnValue();
    const { jobs } = anApp({ jobs: [failing, talking], logger: undefined as never }); // `as`: anApp has one otherwise
    await jobs.enqueue(failing);
    await jobs.enqueue(talking);
    vi.spyOn(console, "error").mockImplementation(() => {
      throw new Error("no console here");
    });

    await jobs.processQueue();

    expect(warn.mock.calls[0]?.[0]).toMatch(/^wheelwright: Failing failed in attempt 1 of 2.+no paper$/);
    expect(info).not.toHaveBeenCalled();
  });
});
