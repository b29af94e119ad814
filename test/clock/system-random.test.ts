// Randomness comes in through one file, so that a test can hand in its own everywhere else.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { idsFrom, systemIds, systemRandom } from "../../src/clock/system-random.ts";

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

describe("systemIds", () => {
  /** The first id of a process, at the last instant of all, where the global gives sevens alone. */
  async function firstId(): Promise<string> {
    vi.stubGlobal("crypto", { getRandomValues: (bytes: Uint8Array) => bytes.fill(7) });
    vi.resetModules(); // The source of the bytes is looked for once, for the first id.
    const loaded = await import("../../src/clock/system-random.ts");
    return loaded.systemIds.next(8.64e15);
  }

  const { getBuiltinModule } = process;
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
    process.getBuiltinModule = getBuiltinModule;
  });

  it("R7 ends every id in other random bytes", () => {
    const ends = Array.from({ length: 100 }, () => systemIds.next(0).slice(24));

    expect(new Set(ends).size).toBe(100);
  });

  it.skipIf(getBuiltinModule === undefined)("asks Node.js, whatever a test put in the global's place", async () => {
    expect(await firstId()).not.toMatch(/070707070707$/);
  });

  it("asks the global where Node.js hands out none of its modules", async () => {
    process.getBuiltinModule = undefined as never;

    expect(await firstId()).toBe("ffffffff-ffff-7038-8e0e-070707070707");
  });
});

describe("idsFrom", () => {
  it("R7 makes one byte of each number, in their order", () => {
    let asked = 0;
    const ids = idsFrom(() => asked++ / 256);

    const ends = Array.from({ length: 40 }, () => ids.next(0).slice(24)).join("");

    const bytes = Uint8Array.from({ length: 40 * 6 }, (_, index) => 6 + index); // The first six begin the counter.
    expect(ends).toBe(Buffer.from(bytes).toString("hex"));
  });
});
