// Randomness comes in through one file, so that a test can hand in its own everywhere else.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { systemRandom } from "../../src/clock/system-random.ts";

const src = fileURLToPath(new URL("../../src/", import.meta.url));

describe("systemRandom", () => {
  it("is the only place of the source that asks for the system's random numbers", () => {
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

    const asking = files.filter((file) => /Math\.random\b/.test(readFileSync(`${src}${file}`, "utf8")));

    expect(asking.map((file) => file.replaceAll("\\", "/"))).toEqual(["clock/system-random.ts"]);
  });

  it("gives numbers in [0, 1), not the same again and again", () => {
    const numbers = Array.from({ length: 100 }, systemRandom);

    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(90);
  });
});
