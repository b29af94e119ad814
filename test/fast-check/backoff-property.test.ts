import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Job, type JobContext } from "wheelwright";
import { backoffProperty, PropertyFailedError } from "wheelwright/fast-check";
import { z } from "zod";
import { failureOf } from "./failure-of.ts";

const RUNS = { numRuns: process.env.TEST_THOROUGH === "1" ? 500 : 30 };

class PlainJob extends Job {
  perform(): void {}
}

class SettledJob extends Job {
  override baseDelay = 0.25;
  override maxDelay = 90;
  perform(): void {}
}

class LinearJob extends Job {
  override backoff(attempt: number): number {
    return attempt * 30;
  }
  perform(): void {}
}

class JitteredJob extends Job {
  override backoff(attempt: number, error: unknown): number {
    return super.backoff(attempt, error) * (0.5 + Math.random() / 2);
  }
  perform(): void {}
}

class ImpatientJob extends Job {
  override baseDelay = 0;
  perform(): void {}
}

describe("backoffProperty", () => {
  it.each([PlainJob, SettledJob, ImpatientJob])("R21 holds of a class that follows the formula: %o", async (job) => {
    await fc.assert(backoffProperty(job), RUNS);
  });

  it("R21 holds of a class with waits of its own, where they are said", async () => {
    await fc.assert(backoffProperty(LinearJob, { expected: (attempt) => attempt * 30, maxAttempt: 1_000_000 }), RUNS);
  });

  it("R21 names the attempt at which a wait that grows without bound cannot be waited for", async () => {
    const message = await failureOf(backoffProperty(LinearJob, { expected: (attempt) => attempt * 30 }));

    const [, attempt] = message.match(/Counterexample: \[(\d+),1\]/) ?? [];
    expect(Number(attempt)).toBeGreaterThan(105_408_000);
    expect(message).toContain(
      `LinearJob.backoff(${attempt}) gave ${Number(attempt) * 30}, which is no number of seconds from 0 to 3162240000.`,
    );
    expect(message).toContain("say how many: backoffProperty(…, { maxAttempt: 100 }).");
  });

  it("R21 lets maxDelay bound the formula, and a wait of one's own where that is said", async () => {
    class BoundedJob extends LinearJob {
      override maxDelay = 600;
    }
    const linear = (attempt: number): number => attempt * 30;
    const bounded = (attempt: number, { maxDelay }: { maxDelay: number }): number =>
      Math.min(linear(attempt), maxDelay);

    await fc.assert(backoffProperty(BoundedJob, { expected: linear, maxAttempt: 1000 }), RUNS);
    expect(await failureOf(backoffProperty(BoundedJob, { expected: bounded, maxAttempt: 1000 }))).toContain(
      "BoundedJob.backoff(21) gave 630 seconds; expected is 600.",
    );
  });

  it("R21 takes a range for jittered waits", async () => {
    const expected = (attempt: number): [number, number] => {
      const longest = Math.min(2 * 2 ** Math.min(attempt, 60), 3600);
      return [longest / 2, longest];
    };

    await fc.assert(backoffProperty(JitteredJob, { expected }), RUNS);
  });

  it("takes data for a class that refuses an empty object, and says so where it is missing", async () => {
    class StrictJob extends Job<{ to: string }> {
      static override schema = z.object({ to: z.string() });
      perform(): void {}
    }

    await fc.assert(backoffProperty(StrictJob, { data: { to: "ada@example.org" } }), RUNS);
    expect(await failureOf(backoffProperty(StrictJob))).toContain(
      "backoffProperty(StrictJob) could not enqueue a job of it. Data that it accepts can be given: backoffProperty(StrictJob, { data: … }).",
    );
  });

  it("makes its instances as the app does, and hands backoff the error that was asked for", async () => {
    class BusyError extends Error {
      readonly retryAfter = 17;
    }
    class PoliteJob extends Job {
      readonly #extra: number;
      constructor(extra: number) {
        super();
        this.#extra = extra;
      }
      override backoff(_attempt: number, error: unknown): number {
        return error instanceof BusyError ? error.retryAfter + this.#extra : 1;
      }
      perform(_data: object, _context: JobContext): void {}
    }

    await fc.assert(
      backoffProperty(PoliteJob, { create: () => new PoliteJob(3), error: new BusyError(), expected: () => 20 }),
      RUNS,
    );
  });

  it("fails for a wait that the formula does not give, with both and the counterexample", async () => {
    class OffByOneJob extends Job {
      override backoff(attempt: number, error: unknown): number {
        return super.backoff(attempt - 1, error);
      }
      perform(): void {}
    }

    const message = await failureOf(backoffProperty(OffByOneJob));

    expect(message).toContain("Counterexample: [1,1]");
    expect(message).toContain(
      "OffByOneJob.backoff(1) gave 2 seconds; min(baseDelay · 2^attempt, maxDelay), with 2 and 3600, is 4. If another wait is meant, say which: backoffProperty(…, { expected: (attempt) => … }).",
    );
  });

  it.each([
    [Number.NaN, "gave NaN, which is no number of seconds from 0 to 3162240000"],
    [-1, "gave -1, which is no number of seconds"],
    [Number.POSITIVE_INFINITY, "gave Infinity, which is no number of seconds"],
  ])("fails for %s, which nobody can wait", async (nonsense, text) => {
    class NonsenseJob extends Job {
      override backoff(): number {
        return nonsense;
      }
      perform(): void {}
    }

    expect(await failureOf(backoffProperty(NonsenseJob))).toContain(text);
  });

  it("fails for a backoff that throws, with what it threw as the cause", async () => {
    class ThrowingJob extends Job {
      override backoff(): number {
        throw new Error("no table of waits");
      }
      perform(): void {}
    }

    const message = await failureOf(backoffProperty(ThrowingJob));

    expect(message).toContain("ThrowingJob.backoff(1) threw.");
    expect(message).toContain("no table of waits");
  });

  it("fails for a wait that gets shorter, unless that is meant", async () => {
    class ShrinkingJob extends Job {
      override backoff(attempt: number): number {
        return 100 / attempt;
      }
      perform(): void {}
    }
    const expected = (attempt: number): number => 100 / attempt;

    expect(await failureOf(backoffProperty(ShrinkingJob, { expected }))).toContain(
      "ShrinkingJob.backoff(2) gave 50 seconds, which is less than the 100 of the attempt before it.",
    );
    await fc.assert(backoffProperty(ShrinkingJob, { expected, monotone: false }), RUNS);
  });

  it("fails for a backoff that gives another wait when the engine asks", async () => {
    let asked = 0;
    class ForgetfulJob extends Job {
      override backoff(attempt: number): number {
        return new Error().stack?.includes("backoff-policy") === true && ++asked > 0
          ? Number.NaN
          : 2 * 2 ** Math.min(attempt, 10);
      }
      perform(): void {}
    }

    const message = await failureOf(
      backoffProperty(ForgetfulJob, { expected: (attempt) => 2 * 2 ** Math.min(attempt, 10) }),
    );

    expect(message).toContain("Attempt 1 of ForgetfulJob failed, and backoff(1) said NaN seconds");
  });

  it("has errors that are known by their code", () => {
    expect(new PropertyFailedError("it does not hold")).toMatchObject({ code: "PROPERTY_FAILED" });
  });
});
