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

  it("hands backoff an error of undefined where one is given", async () => {
    class CuriousJob extends Job {
      override backoff(_attempt: number, error: unknown): number {
        return error === undefined ? 5 : 9;
      }
      perform(): void {}
    }

    await fc.assert(backoffProperty(CuriousJob, { error: undefined, expected: () => 5 }), RUNS);
    await fc.assert(backoffProperty(CuriousJob, { expected: () => 9 }), RUNS);
  });

  // Each of these let any wait pass, for no comparison with NaN or undefined holds.
  it.each([
    [() => Number.NaN, "expected(32) is NaN"],
    [() => [5], "expected(32) is [ 5 ]"],
    [() => [], "expected(32) is []"],
    [() => [9, 5], "expected(32) is [ 9, 5 ]"],
    [() => [5, Number.NaN], "expected(32) is [ 5, NaN ]"],
    [() => undefined, "expected(32) is undefined"],
    [() => null, "expected(32) is null"],
    [() => "5", 'expected(32) is "5"'],
  ])("refuses an expected of %s", async (expected, text) => {
    const property = backoffProperty(LinearJob, { expected: expected as () => number, maxAttempt: 32 }); // `as`: a mistake of JavaScript's

    const { errorInstance } = await fc.check(property, { seed: 1, endOnFailure: true });

    expect(errorInstance).toMatchObject({
      code: "INVALID_OPTION",
      message: `backoffProperty's ${text}; expected a number of seconds, or the least and the most of them: [least, most].`,
    });
  });

  it("looks at every attempt around which formulas break, in the runs that fast-check makes unless told", async () => {
    const seen = new Set<number>();
    class WatchedJob extends Job {
      override backoff(attempt: number, error: unknown): number {
        seen.add(attempt);
        return super.backoff(attempt, error);
      }
      perform(): void {}
    }
    const around = [31, 47, 53, 64, 71, 310, 1020, 1022, 1024, 2 ** 16].flatMap((edge) => [edge - 1, edge, edge + 1]);

    await fc.assert(backoffProperty(WatchedJob));

    expect([...around, 2 ** 31 - 1, 2 ** 31].filter((edge) => !seen.has(edge))).toEqual([]);
  });

  it("ends at the last attempt that it is to look at", async () => {
    let last = 0;
    class WatchedJob extends Job {
      override backoff(attempt: number, error: unknown): number {
        last = Math.max(last, attempt);
        return super.backoff(attempt, error);
      }
      perform(): void {}
    }

    await fc.assert(backoffProperty(WatchedJob, { maxAttempt: 310 }), RUNS);

    expect(last).toBe(310);
  });

  it("finds a formula that breaks at one of them, with the smallest attempt that shows it and a path to play it again", async () => {
    class GapJob extends Job {
      override backoff(attempt: number, error: unknown): number {
        return attempt >= 80 && attempt < 1000 ? 0 : super.backoff(attempt, error);
      }
      perform(): void {}
    }

    const property = backoffProperty(GapJob, { monotone: false });

    const { counterexample, counterexamplePath, seed, errorInstance } = await fc.check(property);
    const again = await fc.check(property, { seed, path: counterexamplePath ?? "", endOnFailure: true });

    expect(counterexample).toEqual([80, 1]);
    expect(String(errorInstance)).toContain("GapJob.backoff(80) gave 0 seconds");
    expect(again).toMatchObject({ counterexample: [80, 1] });
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
