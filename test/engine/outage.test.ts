// What is told of a store that does not answer: once when it goes, once when it is back, however many loops ask it.

import { describe, expect, it } from "vitest";
import { TestClock } from "wheelwright";
import { Outage } from "../../src/engine/outage.ts";
import { START } from "./an-app.ts";

function anOutage() {
  const clock = new TestClock(START);
  const lines: (readonly [level: string, message: string, fields: object])[] = [];
  const outage = new Outage(
    clock,
    (level, message, fields = {}) => lines.push([level, message, fields]),
    "it",
    () => undefined,
  );
  const pass = (seconds: number): void => clock.moveTo(new Date(clock.now().getTime() + seconds * 1000));
  return { outage, lines, pass };
}

describe("Outage", () => {
  it("R46 is told with its error, and its end with how long it was", () => {
    const { outage, lines, pass } = anOutage();
    const error = new Error("no route");

    outage.failed("claims", error);
    pass(90);
    outage.answered("claims");

    expect(lines).toEqual([
      ["error", "it cannot reach its store and keeps trying: no route", { error }],
      ["warn", "it reaches its store again, after 1m 30s", { awayMs: 90_000 }],
    ]);
  });

  it("R46 is over when all loops that failed are answered, not with the first of them", () => {
    const { outage, lines, pass } = anOutage();
    outage.failed("claims", new Error("no route"));
    outage.failed("sweeps", new Error("no route"));

    pass(60);
    outage.answered("claims");
    outage.answered("claims");
    expect(lines).toHaveLength(1);
    pass(60);
    outage.answered("sweeps");
    outage.answered("claims");

    expect(lines.slice(1)).toEqual([["warn", "it reaches its store again, after 2m", { awayMs: 120_000 }]]);
  });

  it("R46 is told once of a loop that always fails beside one that is always answered", () => {
    const { outage, lines, pass } = anOutage();

    for (let n = 0; n < 10; n++) {
      outage.failed("sweeps", new Error("no such column"));
      outage.answered("claims");
      pass(1);
    }

    expect(lines).toHaveLength(1);
  });
});
