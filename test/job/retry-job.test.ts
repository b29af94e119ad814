import { describe, expect, it } from "vitest";
import { hasBrand } from "../../src/job/brand.ts";
import { InvalidDurationError } from "../../src/job/errors.ts";
import { RetryJob } from "../../src/job/retry-job.ts";

describe("RetryJob", () => {
  it("R23 chooses the next delay", () => {
    const cause = new Error("429");
    const thrown = new RetryJob({ in: "1m 30s", reason: "rate limited", cause });

    expect(thrown).toMatchObject({ name: "RetryJob", delayMs: 90_000, message: "rate limited", cause });
    expect(hasBrand(thrown, "retry-job")).toBe(true);
    expect(new RetryJob({ in: { seconds: 0 } })).toMatchObject({ delayMs: 0, message: "retry asked for by the job" });
    expect(Object.hasOwn(new RetryJob({ in: "5s" }), "cause")).toBe(false);
  });

  it.each([[{ in: 5 }], [{ in: "soon" }], [{ in: { seconds: -1 } }], [{}], [undefined]])(
    "refuses %o where it is made",
    (options) => {
      expect(() => new RetryJob(options as never)).toThrow(InvalidDurationError);
      expect(() => new RetryJob(options as never)).toThrow("RetryJob's in is");
    },
  );
});
