import { describe, expect, it } from "vitest";
import { hasBrand } from "../../src/job/brand.ts";
import { DiscardJob } from "../../src/job/discard-job.ts";

describe("DiscardJob", () => {
  it("R23 is an error with a reason, known by its brand", () => {
    const cause = new Error("404");
    const thrown = new DiscardJob("order was deleted", { cause });

    expect(thrown).toBeInstanceOf(Error);
    expect(thrown).toMatchObject({ name: "DiscardJob", message: "order was deleted", cause });
    expect(hasBrand(thrown, "discard-job")).toBe(true);
    expect(hasBrand(thrown, "retry-job")).toBe(false);
    expect(new DiscardJob().message).toBe("discarded");
  });
});
