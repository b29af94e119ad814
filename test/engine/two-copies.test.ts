// The built package as apps load it: as an ES module and as CommonJS, sometimes both at once.

import { beforeAll, describe, expect, it } from "vitest";
import { run } from "./program/run.ts";

describe("the ESM and the CommonJS copy, loaded together", () => {
  let told: Record<string, Record<string, unknown>>;
  beforeAll(() => {
    told = JSON.parse(run("two-copies.mjs")) as typeof told; // `as`: printed by our own program
  }, 120_000);

  it("are two copies indeed", () => {
    expect(told.copies).toBe(true);
  });

  it("BM-171 change no global when they are loaded, but for one symbol of their own", () => {
    expect(told.newGlobals).toEqual(["Symbol(wheelwright/1)"]);
  });

  it("keep the names of all their classes", () => {
    expect(told.misnamed).toEqual([]);
  });

  describe.each(["ESM under CommonJS", "CommonJS under ESM"])("%s", (pair) => {
    const of = (name: string): unknown => told[pair]?.[name];

    it("performs the other copy's job classes, on the other copy's store", () => {
      expect(of("result")).toEqual({ processed: 1, failed: 2 });
    });

    it("R23 knows the other copy's DiscardJob and RetryJob", () => {
      expect(of("discarded")).toEqual(["failed", 1, "stale"]);
      expect(of("retriedAfterMs")).toBe(90_000);
    });

    it("finds the running job's Jobs, and the process default, from the other copy's classes", () => {
      expect(of("childrenOfHandlers")).toEqual(["child", "default", "discard", "retry"]);
    });

    it("recognises the other copy's errors by instanceof and by code", () => {
      expect(of("instances")).toEqual({
        NoJobsError: true,
        InvalidOptionError: true,
        DataNotJsonError: true,
        JobNotFoundError: true,
        WheelwrightError: true,
        InvalidDurationError: true,
        "another error": false,
        DiscardJob: true,
      });
      expect(of("codes")).toEqual({
        none: "NO_JOBS",
        option: "INVALID_OPTION",
        data: "DATA_NOT_JSON",
        missing: "JOB_NOT_FOUND",
        duration: "INVALID_DURATION",
      });
    });

    it("lets a kit take the place of the other copy's app, and find what its classes enqueue", () => {
      expect(of("inKit")).toEqual(["app"]);
    });

    it("counts the other copy's open kits, and keeps to a kit's scope", () => {
      expect(of("ambiguous")).toEqual(["AMBIGUOUS_JOBS", true]);
      expect(of("inSecond")).toEqual(["scope"]);
      expect(of("ranInSecond")).toBe(1);
    });
  });
});
